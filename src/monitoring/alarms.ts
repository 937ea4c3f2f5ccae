import { Annotations, Stack } from 'aws-cdk-lib';
import {
  Alarm, CfnAlarm, ComparisonOperator, type IAlarmAction, type IMetric, TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { StripeAlarmOptions } from './stripe-alarm-options';
import { problemsOfTopics } from './topics';

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
    const created = specs.map((spec) => this.createAlarm(spec));
    if (actions.length > 0) {
      this.notify(created, actions);
    } else {
      Annotations.of(Stack.of(this)).addWarningV2('cdk-stripe-eventbridge:alarms-without-actions',
        'the Stripe alarms have no actions; set alarms: { actions: [new SnsAction(topic)] }, ' +
        'or alarms: { enabled: false }');
    }
  }

  private notify(alarms: Alarm[], actions: IAlarmAction[]): void {
    const arns = new Set<string>();
    const recorded = actions.map((action): IAlarmAction => ({
      bind: (scope, alarm) => {
        const config = action.bind(scope, alarm);
        arns.add(config.alarmActionArn);
        return config;
      },
    }));
    alarms.forEach((alarm) => alarm.addAlarmAction(...recorded));
    this.node.addValidation({
      validate: () => {
        warnOfSilencedAlarms(this);
        return problemsOfTopics(this, arns);
      },
    });
  }

  private createAlarm({ id, meaning, metric, threshold = 1, periods = 1, ...spec }: AlarmSpec): Alarm {
    return new Alarm(this, id, {
      alarmDescription: `${meaning} ${RUNBOOK}#${id.toLowerCase()}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: spec.below
        ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: spec.missingData ?? TreatMissingData.NOT_BREACHING,
    });
  }
}

/** Warns if an Aspect or an escape hatch switched the actions off. Alarms that the app removed are not here. */
function warnOfSilencedAlarms(scope: Construct): void {
  const resources = scope.node.findAll().filter((each): each is CfnAlarm => each instanceof CfnAlarm);
  if (resources.some(({ actionsEnabled }) => actionsEnabled === false)) {
    Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:alarms-with-disabled-actions',
      'actionsEnabled is false on alarms, so that nobody is notified; exclude them from what changed it, or set ' +
      'alarms: { enabled: false }');
  }
}
