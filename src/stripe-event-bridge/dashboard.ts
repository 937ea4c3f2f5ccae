import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { StripeEventBridge } from './stripe-event-bridge';

const PERIOD = { period: Duration.minutes(5) };

/** What comes in and what becomes of it, in four pictures. */
export function stripeDashboard(scope: Construct, id: string, bridge: StripeEventBridge): Dashboard {
  const { customerTable, quarantineQueue } = bridge;
  const count = (name: string) => bridge.metric(name, PERIOD);
  const deadLetters = [quarantineQueue, customerTable?.deadLetterQueue]
    .flatMap((queue) => queue?.metricApproximateNumberOfMessagesVisible(PERIOD) ?? []);
  return new Dashboard(scope, id, {
    widgets: [
      [
        new GraphWidget({ title: 'Requests', width: 12, left: ['Accepted', 'Filtered', 'Refused', 'TooLarge', 'Quarantined'].map(count) }),
        new GraphWidget({
          title: 'Stripe must deliver again',
          width: 12,
          left: ['SecretInvalid', 'SecretFetchError', 'PublishThrottled', 'PublishDenied', 'PublishTimeout', 'PublishFailed', 'Failed'].map(count),
        }),
      ],
      [
        new GraphWidget({
          title: 'Time to publish',
          width: 12,
          left: ['p50', 'p99'].map((statistic) => bridge.metricPublishLatency({ ...PERIOD, statistic, label: statistic })),
        }),
        new GraphWidget({ title: 'Set aside', width: 12, left: deadLetters }),
      ],
      ...customerTable ? [[
        new GraphWidget({
          title: 'Customers',
          width: 24,
          left: ['Written', 'Duplicate', 'Stale', 'AfterDelete', 'Tie', 'WriteError', 'WriteDenied'].map((name) => customerTable.metric(name, PERIOD)),
        }),
      ]] : [],
    ],
  });
}
