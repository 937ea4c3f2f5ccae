import { createHash } from 'crypto';
import { Aws, Names, Resource } from 'aws-cdk-lib';
import { CfnEventBusPolicy, EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import {
  type AddToResourcePolicyResult, Grant, type IGrantable, type IResourceWithPolicy, type PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { problemsOfBus, trustBus } from '../internal/encrypted-bus';
import { eventQueue, type EventQueueOptions } from '../internal/event-queue';
import { assertSameEnvironment } from '../internal/event-rules';
import { type Invariant, keepInvariants } from '../internal/invariants';
import { keyInvariant } from '../internal/key-invariants';
import { warnIfUnchanged } from '../internal/role-permissions';
import { watchEncryptedBus } from '../internal/watch-encrypted-bus';
import type { StripeAlarmOptions } from '../monitoring/stripe-alarm-options';
import { isPlaceholder } from '../stripe-event-filter/value-kind';

/** Properties of the bus. */
export interface EventBusProps extends EventQueueOptions {
  /** Bus of the user. The default is a new one. */
  readonly eventBus?: IEventBus;
  /** Name of the bus. The default consists of the names of the stack and of the construct. */
  readonly eventBusName?: string;
  /** Options for the alarm on encryption. */
  readonly alarms?: StripeAlarmOptions;
}

/** Condition on a bus with a customer managed key. */
const DEAD_LETTER_QUEUE: Invariant = {
  type: 'AWS::Events::EventBus',
  property: 'deadLetterConfig.arn',
  must: 'be present, because events are lost without it while the key cannot be used',
  test: (value) => value !== undefined,
};

/** Key of a bus. */
const KEY = { type: 'AWS::Events::EventBus', property: 'kmsKeyIdentifier' };

/** Bus of a bridge: a new one, or that of the user, whose dead-letter queue has no policy of CDK and no alarm. */
export function eventBusOf(scope: Construct, id: string, { eventBus, ...props }: EventBusProps): IEventBus {
  eventBus && scope.node.addValidation({ validate: () => problemsOfBus(scope, eventBus) });
  return watchEncryptedBus(scope, eventBus ?? createEventBus(scope, id, props), props.alarms);
}

/** Creates the bus of a bridge. With a customer managed key, it has a dead-letter queue and an alarm. */
function createEventBus(scope: Construct, id: string, props: EventBusProps): EventBus {
  const { encryptionKey, removalPolicy } = props;
  const eventBusName = isPlaceholder(props.eventBusName) ? undefined : props.eventBusName; // CDK rejects it
  const deadLetterQueue = encryptionKey && eventQueue(scope, 'EventBusDeadLetterQueue', {
    removalPolicy, isForUnusableKey: true,
  });
  const bus = new EventBus(scope, id, {
    // with the name of the stack, the same app can be deployed twice
    eventBusName: eventBusName ?? `${Aws.STACK_NAME}-${Names.uniqueResourceName(scope, { maxLength: 100 })}`,
    description: 'Events from Stripe',
    kmsKey: encryptionKey,
    deadLetterQueue,
  });
  keepInvariants(scope, bus, [keyInvariant(scope, KEY, encryptionKey), ...encryptionKey ? [DEAD_LETTER_QUEUE] : []]);
  trustBus(scope, bus);
  return bus;
}

/** Policy of a bus. Its statements need ids, which the grants of CDK do not set. */
class PutEventsPolicy extends Resource implements IResourceWithPolicy {
  constructor(scope: Construct, id: string, private readonly eventBus: IEventBus) {
    super(scope, id, eventBus.env);
  }

  public addToResourcePolicy(statement: PolicyStatement): AddToResourcePolicyResult {
    assertSameEnvironment(this, this.eventBus);
    const content = JSON.stringify(this.stack.resolve(statement.toStatementJson()));
    statement.sid = `PutEvents${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
    const policyDependable = this.node.tryFindChild(statement.sid) ?? new CfnEventBusPolicy(this, statement.sid, {
      eventBusName: this.eventBus.eventBusName, statementId: statement.sid, statement: statement.toStatementJson(),
    });
    return { statementAdded: true, policyDependable };
  }
}

/**
 * Grants permission to put events on a bus.
 *
 * The policy of the grantee gets it, or that of the bus if the grantee is an account, an organization, a service or a
 * role of another account.
 */
export function grantPutEvents(scope: Construct, eventBus: IEventBus, grantee: IGrantable): Grant {
  const id = 'PutEventsPolicy';
  const { grantPrincipal } = grantee;
  if (Construct.isConstruct(grantPrincipal) && 'roleArn' in grantPrincipal) {
    const name = `The role ${grantPrincipal.node.path}`;
    warnIfUnchanged(scope, grantPrincipal, name, 'publish to the bus (events:PutEvents)');
  }
  return Grant.addToPrincipalOrResource({
    grantee,
    actions: ['events:PutEvents'],
    resourceArns: [eventBus.eventBusArn],
    resource: scope.node.tryFindChild(id) as PutEventsPolicy | undefined ?? new PutEventsPolicy(scope, id, eventBus),
  });
}
