import { Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import { CfnEventBus, type IEventBus, type IRule, type IRuleTarget, Rule, type RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { addToDeadLetterQueueResourcePolicy } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** EventBridge's default quota, in characters. */
const MAX_PATTERN_LENGTH = 2_048;
/** Of the 300 rules that a bus has. */
const MAX_RULES = 10;

/** EventBridge's own defaults, written down so that nothing changes them from afar. */
const RETRY_POLICY = { maximumEventAgeInSeconds: Duration.hours(24).toSeconds(), maximumRetryAttempts: 185 };

/** Which events of a bus go where. */
export interface EventRulesProps {
  /** The bus. */
  readonly eventBus: IEventBus;
  /** As `source` of a pattern. */
  readonly source: string[];
  /** As items of `detail-type`: names, or operators; undefined for every type. */
  readonly detailTypes?: any[];
  /** Only this mode. */
  readonly livemode?: boolean;
  /** Only this connected account. */
  readonly account?: string;
  /** What the rule is for. */
  readonly description?: string;
  /** Where they go. */
  readonly target: IRuleTarget;
  /** Takes what cannot be delivered, unless the target has one of its own. */
  readonly deadLetterQueue?: () => IQueue;
}

/** The rules that came of it, mostly one. */
export interface EventRules {
  /** The rules. */
  readonly rules: Rule[];
  /** As the metrics of EventBridge name them. */
  readonly ruleNames: string[];
  /** The bus, likewise. */
  readonly eventBusName: string;
}

/** Makes a rule, or several where one pattern would be too long: a rule never matches more than was asked for. */
export function addEventRules(scope: Construct, id: string, props: EventRulesProps): EventRules {
  assertNotForeign(scope, id, props.eventBus);
  const parts = split(scope, id, props);
  const target = new ReliableTarget(props.target, props.deadLetterQueue);
  const rules: Rule[] = [];
  for (const [index, detailType] of parts.entries()) {
    rules.push(new Rule(index === 0 ? scope : rules[0], index === 0 ? id : `Part${index + 1}`, {
      eventBus: props.eventBus,
      description: props.description,
      eventPattern: pattern(props, detailType),
      targets: [target],
    }));
  }
  return { rules, ruleNames: rules.map((rule) => nameFromArn(rule, props.eventBus)), eventBusName: props.eventBus.eventBusName };
}

/** A target with a dead-letter queue and a retry policy, unless it brings its own. */
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

function pattern({ source, livemode, account }: EventRulesProps, detailType: any[] | undefined) {
  const detail = { ...livemode !== undefined && { livemode: [livemode] }, ...account !== undefined && { account: [account] } };
  return { source, detailType, ...Object.keys(detail).length > 0 && { detail } };
}

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
    throw new Error(`filter of '${id}' needs ${parts.length} rules of ${MAX_PATTERN_LENGTH} characters, more than ${MAX_RULES}; use family('…') or all()`);
  }
  return parts;
}

/** Whether a bus is known to be of another account or region, where EventBridge takes no rule of this stack. */
export function isForeign(scope: Construct, eventBus: IEventBus): boolean {
  return foreignness(scope, eventBus) !== undefined;
}

function foreignness(scope: Construct, eventBus: IEventBus): { what: string; ofBus: string; ofStack: string } | undefined {
  return (['account', 'region'] as const)
    .map((what) => ({ what, ofBus: eventBus.env[what], ofStack: Stack.of(scope)[what] }))
    .find(({ ofBus, ofStack }) => !Token.isUnresolved(ofBus) && !Token.isUnresolved(ofStack) && ofBus !== ofStack);
}

function assertNotForeign(scope: Construct, id: string, eventBus: IEventBus): void {
  const { what, ofBus, ofStack } = foreignness(scope, eventBus) ?? {};
  if (what) {
    throw new Error(`eventBus is in ${what} ${ofBus} and '${id}' in ${ofStack}, where EventBridge takes no rule on it; make it in a stack of ${what} ${ofBus}`);
  }
}

/** The reference of a rule on a bus of one's own is not its name. Its ARN ends in it, after the bus's name unless that is 'default'. */
function nameFromArn(rule: Rule, eventBus: IEventBus): string {
  return Fn.select(1 + segmentsOf(eventBus), Fn.split('/', rule.ruleArn));
}

/** Of the bus's name in an ARN. That of a partner's bus has slashes; that of a new bus is a token, and its resource knows better. */
function segmentsOf({ node, eventBusName }: IEventBus): number {
  const name = node.defaultChild instanceof CfnEventBus ? node.defaultChild.name : eventBusName;
  if (Token.isUnresolved(name)) {
    return 1;
  }
  return name === 'default' ? 0 : name.split('/').length;
}
