import { Annotations } from 'aws-cdk-lib';
import {
  Alarm, CfnAlarm, CfnCompositeAlarm, ComparisonOperator, type IAlarmAction, type IMetric, TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct, type IConstruct } from 'constructs';
import { warnIfNeverRaised } from './changed-alarms';
import { produced, resourcesIn } from './reference';
import type { StripeAlarmOptions } from './stripe-alarm-options';
import { problemsOfTopics } from './topics';
import { warnOnce } from './warn-once';

const RUNBOOK = 'https://github.com/cdk-stripe/cdk-stripe-eventbridge/blob/main/docs/runbook.md';

/** Specification of an alarm. */
export interface AlarmSpec {
  /** Id of the construct. It is also the heading of the runbook section. */
  readonly id: string;
  /** Condition that raises the alarm, as one sentence. */
  readonly meaning: string;
  /** Metric that is watched. */
  readonly metric: IMetric;
  /** Least value that raises the alarm. The default is 1. */
  readonly threshold?: number;
  /** Number of consecutive periods. The default is 1. */
  readonly periods?: number;
  /** Whether a value below the threshold raises the alarm. The default is false. */
  readonly below?: boolean;
  /**
   * Treatment of periods without data. The default is "not breaching", because the handlers write a metric only when
   * something happens.
   */
  readonly missingData?: TreatMissingData;
  /** Resource that rules can share. It has one such alarm for the same actions, below the first rule. */
  readonly resource?: IConstruct;
}

/** Alarms with the actions of the user. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, options: StripeAlarmOptions | undefined, specs: AlarmSpec[]) {
    super(scope, id);
    const { actions = [], enabled = true } = options ?? {};
    if (!enabled || specs.length === 0) {
      return;
    }
    const created = new Map(specs.filter((spec) => isFirst(spec, actions))
      .map((spec) => [this.createAlarm(spec, actions), spec]));
    this.node.addValidation({
      validate: () => {
        const alarms = alarmsIn(this);
        const listeners = listenersOf(alarms);
        warnOfUnheardAlarms(this, listeners);
        alarms.forEach((alarm) => created.has(alarm) && warnIfNeverRaised(alarm, created.get(alarm)!));
        return problemsOfTopics(this, new Set(listeners.flat().flatMap(actionsOf)));
      },
    });
  }

  private createAlarm(
    { id, meaning, metric, threshold = 1, periods = 1, ...spec }: AlarmSpec, actions: IAlarmAction[],
  ): CfnAlarm {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${meaning} ${RUNBOOK}#${id.toLowerCase()}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: spec.below
        ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: spec.missingData ?? TreatMissingData.NOT_BREACHING,
    });
    actions.length > 0 && alarm.addAlarmAction(...actions);
    return alarm.node.defaultChild as CfnAlarm;
  }
}

/** Alarms of a resource, by the resource. */
const ALARMS = new WeakMap<IConstruct, Array<{ readonly id: string; readonly actions: readonly IAlarmAction[] }>>();

/** Whether an alarm is the first one of its kind for a resource and for its actions. */
function isFirst({ id, resource }: AlarmSpec, actions: readonly IAlarmAction[]): boolean {
  const known = (resource && ALARMS.get(resource)) ?? [];
  resource && ALARMS.set(resource, [...known, { id, actions }]);
  return !known.some((each) => each.id === id && actions.every((action) => each.actions.includes(action)));
}

/** Alarms of a construct as they are when the app is complete. Those that the app removed are not here. */
function alarmsIn(scope: Construct): CfnAlarm[] {
  return scope.node.findAll().filter((each): each is CfnAlarm => each instanceof CfnAlarm);
}

/** An alarm that can notify somebody. */
type Listener = CfnAlarm | CfnCompositeAlarm;

/** Each alarm with the composite alarms of the app that read it, directly or through other ones. */
function listenersOf(alarms: CfnAlarm[]): Listener[][] {
  const composites = (alarms[0]?.node.root.node.findAll() ?? [])
    .flatMap((each) => each instanceof CfnCompositeAlarm ? [{ each, reads: resourcesIn(each.alarmRule) }] : []);
  return alarms.map((alarm) => {
    const listeners = new Set<Listener>([alarm]);
    for (const listener of listeners) { // visits those that are added meanwhile as well
      composites.filter(({ reads }) => reads.includes(listener)).forEach(({ each }) => listeners.add(each));
    }
    return [...listeners];
  });
}

const actionsOf = (alarm: Listener): string[] => [produced(alarm, alarm.alarmActions) ?? []].flat();
const hasActions = (alarm: Listener) => actionsOf(alarm).length > 0;

/** Warns of alarms that notify nobody, neither themselves nor by a composite alarm of the app. */
function warnOfUnheardAlarms(scope: Construct, all: Listener[][]): void {
  const unheard = all.filter((each) => !each.some((alarm) => hasActions(alarm) && alarm.actionsEnabled !== false));
  if (unheard.some((each) => !each.some(hasActions))) {
    warnOnce(scope, 'cdk-stripe-eventbridge:alarms-without-actions',
      'the Stripe alarms have no actions, and no composite alarm with actions; set ' +
      'alarms: { actions: [new SnsAction(topic)] }, or alarms: { enabled: false }');
  } else if (unheard.length > 0) {
    Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:alarms-with-disabled-actions',
      'actionsEnabled is false on alarms, or on their composite alarm, so that nobody is notified; set it to true, ' +
      'or set alarms: { enabled: false }');
  }
}
