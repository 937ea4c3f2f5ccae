import { createHash } from 'crypto';
import { CfnResource, Fn, Stack, Token } from 'aws-cdk-lib';
import { MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  CfnEventBus, type CfnRule, type IEventBus, type IRule, type IRuleTarget, Rule, type RuleTargetConfig,
} from 'aws-cdk-lib/aws-events';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';
import { changeWithBus } from './bus-of-app';
import { prepareDeadLetterQueue } from './dead-letter-queue';
import { addDependency } from './dependency';
import { problemsOfBus } from './encrypted-bus';
import { assertReferable, differenceOf } from './environment';
import { allowRules } from './event-queue';
import { warnOfBusLogs } from './events-in-logs';
import { keepInvariants, watchDeadLetterQueue } from './invariants';
import { assertForeignTarget } from './own-resources';
import { assertDeliverable, warnOfForeignBus } from './rule-target';
import { checkTargetRole } from './target-role';
import { fail } from './validation';
import { produced } from '../monitoring/reference';
import type { StripeAccount } from '../stripe-event-filter/stripe-account';
import { StripeMode } from '../stripe-event-filter/stripe-mode';

/** Default quota of EventBridge for an event pattern, in characters. */
const MAX_PATTERN_LENGTH = 2_048;
/** Most rules for one selection, a power of two. A bus has 300 by default. */
const MAX_RULES = 8;
/** Most rules on a bus whose name is not known: each has two metrics, and an alarm can read ten. */
const MAX_RULES_OF_UNKNOWN_BUS = 4;

/** Selection of events on a bus, and their target. */
export interface EventRulesProps {
  /** Bus that the rules belong to. */
  readonly eventBus: IEventBus;
  /** Items of `source` in the pattern. */
  readonly eventSources: string[];
  /** Items of `detail-type` in the pattern: names or operators. The default is every type. */
  readonly detailTypes?: any[];
  /** Mode of the events. The default is every mode. */
  readonly mode?: StripeMode;
  /** Account of the events. The default is every account. */
  readonly account?: StripeAccount;
  /** Description of the rules. */
  readonly description?: string;
  /** Target of the events. */
  readonly target: IRuleTarget;
  /** Returns the queue for events that cannot be delivered. Not called if the target has a queue of its own. */
  readonly deadLetterQueue?: () => Queue;
}

/** One selection of events. It is one rule, or several if one pattern would be too long. */
export class EventRules {
  /** Rules of the selection. The first has the id of the selection. */
  public readonly rules: Rule[] = [];

  private readonly eventBus: IEventBus;
  private readonly target: ReliableTarget;

  constructor(scope: Construct, id: string, props: EventRulesProps) {
    assertSameEnvironment(scope, props.eventBus);
    this.eventBus = props.eventBus;
    this.target = new ReliableTarget(props);
    const byPart = split(scope, props).map((detailType, index) => {
      if (detailType?.length === 0) {
        return undefined;
      }
      // later parts are children of the first rule, so that its id stays when a longer filter needs more rules
      const rule = new Rule(this.rules[0] ?? scope, index === 0 ? id : `Part${index + 1}`, {
        eventBus: props.eventBus,
        description: props.description,
        eventPattern: pattern(props, detailType),
        targets: [this.target],
      });
      changeWithBus(rule, props.eventBus);
      this.rules.push(rule);
      return rule;
    });
    updateAfterNewParts(byPart);
    this.rules.slice(0, 1).forEach((rule) => keepInvariants(scope, rule)); // the others are below it
    scope.node.addValidation({ validate: () => this.problems(scope) });
  }

  /** Dead-letter queue that the app created for the target. */
  public get ownDeadLetterQueue(): IQueue | undefined {
    return this.target.ownDeadLetterQueue;
  }

  /** Metric of EventBridge, summed over the rules. */
  public metric(metricName: string, options: MetricOptions): Metric | MathExpression {
    const metrics = this.rules.flatMap((rule) => dimensionsOf(rule, this.eventBus)).map((dimensionsMap) => new Metric({
      namespace: 'AWS/Events',
      metricName,
      dimensionsMap,
      statistic: 'Sum',
      ...options,
    }));
    if (metrics.length === 1) {
      return metrics[0];
    }
    const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
    const { period } = options;
    // a rule has no data most of the time
    return new MathExpression({ label: metricName, expression: 'SUM(FILL(METRICS(), 0))', usingMetrics, period });
  }

  /** Problems that only the complete app shows. */
  private problems(scope: Construct): string[] {
    warnOfBusLogs(this.eventBus);
    return [...problemsOfBus(scope, this.eventBus), ...problemsOfTargets(this.rules)];
  }
}

/** Target with a dead-letter queue, unless it has its own. Its retry policy, or EventBridge's default, stays. */
class ReliableTarget implements IRuleTarget {
  /** Dead-letter queue that the app created for the target. */
  public ownDeadLetterQueue?: IQueue;

  constructor(private readonly props: EventRulesProps) {
  }

  public bind(rule: IRule, id?: string): RuleTargetConfig {
    const config = this.props.target.bind(rule, id);
    assertForeignTarget(rule, this.props.eventBus, config);
    config.targetResource && assertDeliverable(rule, config.targetResource, config);
    warnOfForeignBus(rule, config.arn);
    config.role && checkTargetRole(rule, config.role, config);
    if (config.deadLetterConfig?.arn) {
      this.ownDeadLetterQueue = prepareDeadLetterQueue(rule, config.deadLetterConfig.arn);
    }
    const deadLetterConfig = config.deadLetterConfig ?? this.deadLetterConfig(rule);
    const resource = rule.node.defaultChild as CfnRule;
    watchDeadLetterQueue(resource, deadLetterConfig?.arn ?? '', () =>
      produced(resource, resource.targets)?.[0]?.deadLetterConfig?.arn);
    return { ...config, deadLetterConfig };
  }

  private deadLetterConfig(rule: IRule): RuleTargetConfig['deadLetterConfig'] {
    const queue = this.props.deadLetterQueue?.();
    if (queue) {
      allowRules(queue, rule);
    }
    return queue && { arn: queue.queueArn };
  }
}

/** Targets that were added to a rule: each needs a dead-letter queue, and every rule of the selection needs each. */
function problemsOfTargets(rules: Rule[]): string[] {
  const all = rules.map((rule): readonly CfnRule.TargetProperty[] =>
    Stack.of(rule).resolve((rule.node.defaultChild as CfnRule).targets) ?? []);
  const isUnsafe = all.flat().some(({ deadLetterConfig }) => !deadLetterConfig)
    || all.some(({ length }) => length !== all[0].length);
  return isUnsafe && all.some(({ length }) => length > 1)
    ? [`${rules[0].node.path} has targets that were added to it, which have no dead-letter queue or receive only ` +
      'some of the events; call onEvent again for another target'] : [];
}

function pattern({ eventSources, mode = StripeMode.ALL, account }: EventRulesProps, detailType: any[] | undefined) {
  const livemode = mode === StripeMode.ALL ? {} : { livemode: [mode === StripeMode.LIVE] };
  const detail = { ...livemode, ...account?._toDetailPattern() };
  return { source: eventSources, detailType, ...Object.keys(detail).length > 0 && { detail } };
}

/**
 * Splits the types so that no pattern is too long. A rule never matches more than was asked for.
 *
 * A type stays in its part when others are added or removed, because its name alone decides. When more parts are
 * needed, each part is divided in two, so that types move only from an existing rule to a new one, which comes first.
 */
function split(scope: Construct, props: EventRulesProps): Array<any[] | undefined> {
  const { detailTypes } = props;
  if (!detailTypes) {
    return [undefined];
  }
  const length = (types: any[]) => {
    const { detailType, ...rest } = pattern(props, types);
    // as it is rendered, the key is one character longer
    return JSON.stringify(Stack.of(scope).resolve({ 'detail-type': detailType, ...rest })).length;
  };
  const most = isNameKnown(props.eventBus) ? MAX_RULES : MAX_RULES_OF_UNKNOWN_BUS;
  for (let count = 1; count <= most; count *= 2) {
    const parts = Array.from({ length: count }, (_, part) =>
      detailTypes.filter((type) => partOf(type, count) === part));
    if (parts.every((types) => length(types) <= MAX_PATTERN_LENGTH)) {
      return parts;
    }
  }
  return fail(scope, '`eventTypes` and `eventSources` must fit into ' +
    `${most} event patterns of ${MAX_PATTERN_LENGTH} characters, got ${detailTypes.length} types; ` +
    "use StripeEventFilter.family('…') or StripeEventFilter.all(), or fewer sources" +
    (most < MAX_RULES ? ', or a bus whose name is known at synthesis' : ''));
}

function partOf(detailType: unknown, count: number): number {
  return createHash('sha256').update(JSON.stringify(detailType)).digest()[0] % count;
}

/**
 * Lets each part that may have been divided depend on the new one, so that no event meets neither during an update.
 *
 * A permission of the target is below its rule, and belongs to it.
 */
function updateAfterNewParts(byPart: ReadonlyArray<Rule | undefined>): void {
  for (const part of byPart.keys()) {
    const added = byPart[part]?.node.children.filter((child) => !(child instanceof Rule))
      .flatMap((child) => child.node.findAll()).filter((each): each is CfnResource => CfnResource.isCfnResource(each));
    for (let count = 1; count <= part; count *= 2) {
      const divided = byPart[part % count]?.node.defaultChild as CfnRule | undefined;
      divided && added?.forEach((each) => addDependency(divided, each));
    }
  }
}

/**
 * Fails if a bus has a literal account or region, and that of the stack is unknown.
 *
 * CDK renders the name of an imported bus, so that a rule would be created on the bus of the same name in the account
 * of the deployment, while events are published to the bus of the ARN.
 */
export function assertKnownEnvironment(scope: IConstruct, eventBus: IEventBus): void {
  for (const what of ['account', 'region'] as const) {
    if (!Token.isUnresolved(eventBus.env[what]) && Token.isUnresolved(Stack.of(scope)[what])) {
      fail(scope, `\`eventBus\` is in ${what} ${eventBus.env[what]} and the ${what} of the stack is unknown; ` +
        'set `env` on the stack, or import the bus by name');
    }
  }
}

/** Fails if a bus is not in the account and the region of the scope. */
export function assertSameEnvironment(scope: IConstruct, eventBus: IEventBus): void {
  assertReferable(scope, 'eventBus', eventBus);
  assertKnownEnvironment(scope, eventBus);
  const { what, ofResource, ofStack } = differenceOf(scope, eventBus) ?? {};
  if (what) {
    fail(scope, `\`eventBus\` must be in the ${what} of the stack to create rules or an archive on it, ` +
      `got ${ofResource} in a stack of ${ofStack}; attach it in a stack of ${what} ${ofResource}`);
  }
}

/** Whether the name of a bus is literal, or that of a bus of the app. Another one may be that of the default bus. */
function isNameKnown({ eventBusName, node }: IEventBus): boolean {
  return node.defaultChild instanceof CfnEventBus || !Token.isUnresolved(eventBusName);
}

/** Dimensions of EventBridge's metrics of a rule. Those of a rule on the default bus do not name the bus. */
function dimensionsOf(rule: Rule, eventBus: IEventBus): Array<Record<string, string>> {
  const { eventBusName } = eventBus;
  if (eventBusName === 'default') {
    return [{ RuleName: rule.ruleName }];
  }
  if (isNameKnown(eventBus)) {
    return [{ EventBusName: eventBusName, RuleName: nameFromReference(rule) }];
  }
  // the name may be 'default' when it is deployed, so that both forms are watched
  return [{ EventBusName: eventBusName, RuleName: nameFromReference(rule) }, { RuleName: nameFromReference(rule) }];
}

/**
 * Name of a rule. Its `Ref` is `<name>` on the default bus and `<bus>|<name>` on another one.
 *
 * Written twice, the second part is the name in both cases.
 */
function nameFromReference(rule: Rule): string {
  return Fn.select(1, Fn.split('|', `${rule.ruleName}|${rule.ruleName}`));
}
