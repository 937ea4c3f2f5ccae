import { Annotations } from 'aws-cdk-lib';
import {
  Alarm, CfnAlarm, CfnCompositeAlarm, ComparisonOperator, type IAlarmAction, type IMetric, TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { warnIfNeverRaised } from './changed-alarms';
import { resourcesIn } from './reference';
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
}

/** Alarms with the actions of the user. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, options: StripeAlarmOptions | undefined, specs: AlarmSpec[]) {
    super(scope, id);
    const { actions = [], enabled = true } = options ?? {};
    if (!enabled || specs.length === 0) {
      return;
    }
    const arns = new Set<string>();
    const recorded = actions.map((action) => record(action, arns));
    const created = new Map(specs.map((spec) => [this.createAlarm(spec, recorded), spec]));
    this.node.addValidation({
      validate: () => {
        warnOfUnheardAlarms(this);
        alarmsIn(this).forEach((alarm) => created.has(alarm) && warnIfNeverRaised(alarm, created.get(alarm)!));
        return problemsOfTopics(this, arns);
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

/** Action that records the ARN to which it is bound. */
function record(action: IAlarmAction, arns: Set<string>): IAlarmAction {
  return {
    bind: (scope, alarm) => {
      const config = action.bind(scope, alarm);
      arns.add(config.alarmActionArn);
      return config;
    },
  };
}

/** Alarms of a construct as they are when the app is complete. Those that the app removed are not here. */
function alarmsIn(scope: Construct): CfnAlarm[] {
  return scope.node.findAll().filter((each): each is CfnAlarm => each instanceof CfnAlarm);
}

/** Warns of alarms that notify nobody, neither themselves nor by a composite alarm of the app. */
function warnOfUnheardAlarms(scope: Construct): void {
  const composite = new Set(scope.node.root.node.findAll()
    .flatMap((each) => each instanceof CfnCompositeAlarm ? resourcesIn(each.alarmRule) : []));
  const single = alarmsIn(scope).filter((alarm) => !composite.has(alarm));
  if (single.some((alarm) => [alarm.stack.resolve(alarm.alarmActions) ?? []].flat().length === 0)) {
    warnOnce(scope, 'cdk-stripe-eventbridge:alarms-without-actions',
      'the Stripe alarms have no actions; set alarms: { actions: [new SnsAction(topic)] }, ' +
      'or alarms: { enabled: false }');
  } else if (single.some(({ actionsEnabled }) => actionsEnabled === false)) {
    Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:alarms-with-disabled-actions',
      'actionsEnabled is false on alarms, so that nobody is notified; exclude them from what changed it, or set ' +
      'alarms: { enabled: false }');
  }
}
