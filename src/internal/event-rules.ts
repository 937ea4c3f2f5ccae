import { Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import { MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  CfnEventBus, type IEventBus, type IRule, type IRuleTarget, Rule, type RuleTargetConfig,
} from 'aws-cdk-lib/aws-events';
import { addToDeadLetterQueueResourcePolicy } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { StripeAccount } from '../stripe-event-filter/stripe-account';
import { StripeMode } from '../stripe-event-filter/stripe-mode';

/** Default quota of EventBridge for an event pattern, in characters. */
const MAX_PATTERN_LENGTH = 2_048;
/** Most rules for one selection. A bus has 300 by default. */
const MAX_RULES = 10;

/** EventBridge's own defaults, written into the template. */
const RETRY_POLICY = { maximumEventAgeInSeconds: Duration.hours(24).toSeconds(), maximumRetryAttempts: 185 };

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
  readonly deadLetterQueue?: () => IQueue;
}

/** One selection of events. It is one rule, or several if one pattern would be too long. */
export class EventRules {
  /** Rules of the selection. The first has the id of the selection. */
  public readonly rules: Rule[] = [];

  private readonly eventBus: IEventBus;

  constructor(scope: Construct, id: string, props: EventRulesProps) {
    assertSameEnvironment(scope, id, props.eventBus);
    this.eventBus = props.eventBus;
    const target = new ReliableTarget(props.target, props.deadLetterQueue);
    for (const [index, detailType] of split(scope, id, props).entries()) {
      // later parts are children of the first rule, so that its id stays when a longer filter needs more rules
      this.rules.push(new Rule(this.rules[0] ?? scope, index === 0 ? id : `Part${index + 1}`, {
        eventBus: props.eventBus,
        description: props.description,
        eventPattern: pattern(props, detailType),
        targets: [target],
      }));
    }
  }

  /** Metric of EventBridge, summed over the rules. */
  public metric(metricName: string, options: MetricOptions): Metric | MathExpression {
    const metrics = this.rules.map((rule) => new Metric({
      namespace: 'AWS/Events',
      metricName,
      dimensionsMap: { EventBusName: this.eventBus.eventBusName, RuleName: nameFromArn(rule, this.eventBus) },
      statistic: 'Sum',
      ...options,
    }));
    if (metrics.length === 1) {
      return metrics[0];
    }
    const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
    const { period } = options;
    return new MathExpression({ label: metricName, expression: 'SUM(METRICS())', usingMetrics, period });
  }
}

/** Target with a dead-letter queue and a retry policy, unless it has its own. */
class ReliableTarget implements IRuleTarget {
  constructor(private readonly target: IRuleTarget, private readonly deadLetterQueue?: () => IQueue) {
  }

  public bind(rule: IRule, id?: string): RuleTargetConfig {
    const config = this.target.bind(rule, id);
    return {
      ...config,
      retryPolicy: config.retryPolicy ?? RETRY_POLICY,
      deadLetterConfig: config.deadLetterConfig ?? this.deadLetterConfig(rule),
    };
  }

  private deadLetterConfig(rule: IRule): RuleTargetConfig['deadLetterConfig'] {
    const queue = this.deadLetterQueue?.();
    if (queue) {
      addToDeadLetterQueueResourcePolicy(rule, queue);
    }
    return queue && { arn: queue.queueArn };
  }
}

function pattern({ eventSources, mode = StripeMode.ALL, account }: EventRulesProps, detailType: any[] | undefined) {
  const livemode = mode === StripeMode.ALL ? {} : { livemode: [mode === StripeMode.LIVE] };
  const detail = { ...livemode, ...account?._toDetailPattern() };
  return { source: eventSources, detailType, ...Object.keys(detail).length > 0 && { detail } };
}

/** Splits the types so that no pattern is too long. A rule never matches more than was asked for. */
function split(scope: Construct, id: string, props: EventRulesProps): Array<any[] | undefined> {
  const { detailTypes } = props;
  if (!detailTypes) {
    return [undefined];
  }
  const length = (types: any[]) => JSON.stringify(Stack.of(scope).resolve(pattern(props, types))).length;
  const parts: any[][] = [[]];
  for (const type of detailTypes) {
    const last = parts[parts.length - 1];
    if (last.length > 0 && length([...last, type]) > MAX_PATTERN_LENGTH) {
      parts.push([type]);
    } else {
      last.push(type);
    }
  }
  if (parts.length > MAX_RULES) {
    throw new Error(`eventTypes of ${scope.node.path}/${id} need ${parts.length} rules of ${MAX_PATTERN_LENGTH} ` +
      `characters, more than ${MAX_RULES}; use StripeEventFilter.family('…') or StripeEventFilter.all()`);
  }
  return parts;
}

/** Whether a bus is known to be in another account or region, where this stack cannot create rules. */
export function isForeign(scope: Construct, eventBus: IEventBus): boolean {
  return differenceOf(scope, eventBus) !== undefined;
}

function differenceOf(scope: Construct, eventBus: IEventBus) {
  return (['account', 'region'] as const)
    .map((what) => ({ what, ofBus: eventBus.env[what], ofStack: Stack.of(scope)[what] }))
    .find(({ ofBus, ofStack }) => !Token.isUnresolved(ofBus) && !Token.isUnresolved(ofStack) && ofBus !== ofStack);
}

/** Fails if a bus is known to be in another account or region. */
export function assertSameEnvironment(scope: Construct, id: string, eventBus: IEventBus): void {
  const { what, ofBus, ofStack } = differenceOf(scope, eventBus) ?? {};
  if (what) {
    throw new Error(`eventBus must be in the ${what} of the stack, got ${ofBus} and ${scope.node.path}/${id} ` +
      `in ${ofStack}; create it in a stack of ${what} ${ofBus}`);
  }
}

/**
 * Name of a rule, from its ARN: `rule/<rule>` on the default bus, else `rule/<bus>/<rule>`.
 *
 * `Ref` of a rule on another bus is `<bus>|<rule>`.
 */
function nameFromArn(rule: Rule, eventBus: IEventBus): string {
  return Fn.select(1 + segmentsOf(eventBus), Fn.split('/', rule.ruleArn));
}

/** Segments of the name of a bus in an ARN. The name of a partner bus has slashes. That of a new bus is a token. */
function segmentsOf({ node, eventBusName }: IEventBus): number {
  const name = node.defaultChild instanceof CfnEventBus ? node.defaultChild.name : eventBusName;
  if (Token.isUnresolved(name)) {
    return 1;
  }
  return name === 'default' ? 0 : name.split('/').length;
}
