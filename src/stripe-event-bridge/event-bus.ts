import { createHash } from 'crypto';
import { Aws, Names, Resource } from 'aws-cdk-lib';
import { CfnEventBusPolicy, EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import {
  type AddToResourcePolicyResult, Grant, type IGrantable, type IResourceWithPolicy, type PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { busOfApp } from '../internal/bus-of-app';
import { queueOf } from '../internal/dead-letter-queue';
import { differenceOf } from '../internal/environment';
import { allowSend, eventQueue, type EventQueueOptions } from '../internal/event-queue';
import { assertSameEnvironment } from '../internal/event-rules';
import { type Invariant, keepInvariants } from '../internal/invariants';
import { keyInvariant } from '../internal/key-invariants';
import { encryptionAlarms } from '../internal/queue-alarms';
import { warnIfUnchanged } from '../internal/role-permissions';
import { Alarms } from '../monitoring/alarms';
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
  const resource = eventBus && busOfApp(eventBus);
  const deadLetterConfig = resource?.kmsKeyIdentifier && resource.deadLetterConfig;
  const queue = deadLetterConfig && 'arn' in deadLetterConfig ? queueOf(`${deadLetterConfig.arn}`) : undefined;
  if (eventBus && queue && !differenceOf(scope, queue)) {
    watchKey(scope, eventBus, { queue, alarms: props.alarms });
  }
  return eventBus ?? createEventBus(scope, id, props);
}

/** Lets a bus use its dead-letter queue, and watches it. */
function watchKey(
  scope: Construct, bus: IEventBus, { queue, alarms }: { readonly queue: Queue; readonly alarms?: StripeAlarmOptions },
): void {
  allowSend(queue, bus.eventBusArn); // CDK adds no policy
  new Alarms(scope, 'EventBusAlarms', alarms, encryptionAlarms(queue));
}

/** Creates the bus of a bridge. With a customer managed key, it has a dead-letter queue and an alarm. */
function createEventBus(scope: Construct, id: string, props: EventBusProps): EventBus {
  const { encryptionKey, removalPolicy, alarms } = props;
  const eventBusName = isPlaceholder(props.eventBusName) ? undefined : props.eventBusName; // CDK rejects it
  // without the key, because the queue is needed exactly when the key cannot be used
  const deadLetterQueue = encryptionKey && eventQueue(scope, 'EventBusDeadLetterQueue', { removalPolicy });
  const bus = new EventBus(scope, id, {
    // with the name of the stack, the same app can be deployed twice
    eventBusName: eventBusName ?? `${Aws.STACK_NAME}-${Names.uniqueResourceName(scope, { maxLength: 100 })}`,
    description: 'Events from Stripe',
    kmsKey: encryptionKey,
    deadLetterQueue,
  });
  keepInvariants(scope, bus, [keyInvariant(scope, KEY, encryptionKey), ...encryptionKey ? [DEAD_LETTER_QUEUE] : []]);
  if (deadLetterQueue) {
    watchKey(scope, bus, { queue: deadLetterQueue, alarms });
  }
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
