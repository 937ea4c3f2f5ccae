import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

const PERIOD = { period: Duration.minutes(5) };
const REQUESTS = ['Accepted', 'Filtered', 'Rejected', 'TooLarge', 'Quarantined'];
const RETRIED = [
  'SecretInvalid', 'SecretFetchError', 'PublishThrottled', 'PublishDenied', 'PublishTimeout', 'PublishFailed', 'Failed',
];
const ROWS = ['Written', 'Duplicate', 'Stale', 'AfterDelete', 'Ambiguous', 'WriteError', 'WriteDenied'];

/** Construct whose metrics the dashboard shows. */
export interface MetricSource {
  /** Metric by its name. */
  metric(metricName: string, props?: MetricOptions): IMetric;
}

/** Parts of a bridge that the dashboard shows. */
export interface DashboardSource extends MetricSource {
  /** Queue of requests in quarantine. */
  readonly quarantineQueue?: IQueue;

  /** Table whose writer is shown. */
  readonly customerTable?: MetricSource & { readonly deadLetterQueue: IQueue };
}

/** Consoles of other partitions, by the beginning of their regions. */
const OTHER_CONSOLES = {
  'cn-': 'console.amazonaws.cn', 'eusc-': 'console.amazonaws-eusc.eu', 'us-gov-': 'console.amazonaws-us-gov.com',
};

/** Creates a dashboard of requests, retries, latency, queues and rows, and an output of its URL. */
export function createDashboard(scope: Construct, id: string, source: DashboardSource): Dashboard {
  const { customerTable, quarantineQueue } = source;
  const graph = (title: string, left: IMetric[], width = 12) => new GraphWidget({ title, width, left });
  const metrics = (of: MetricSource, names: string[]) => names.map((name) => of.metric(name, PERIOD));
  const latency = (statistic: string) => source.metric('PublishLatency', { ...PERIOD, statistic, label: statistic });
  const depths = [quarantineQueue, customerTable?.deadLetterQueue]
    .flatMap((queue) => queue?.metricApproximateNumberOfMessagesVisible(PERIOD) ?? []);
  const dashboard = new Dashboard(scope, id, {
    widgets: [
      [graph('Requests', metrics(source, REQUESTS)), graph('Requests that Stripe retries', metrics(source, RETRIED))],
      [graph('Time to publish', ['p50', 'p99'].map(latency)), graph('Quarantine and dead-letter queues', depths)],
      ...customerTable ? [[graph('Customer events', metrics(customerTable, ROWS), 24)]] : [],
    ],
  });
  new CfnOutput(scope, `${id}Url`, { value: urlOf(dashboard), description: 'Dashboard of the Stripe events' });
  return dashboard;
}

/** URL in the console. A stack without a region is taken for one of the commercial partition. */
function urlOf(dashboard: Dashboard): string {
  const { region } = Stack.of(dashboard);
  const [, host] = Object.entries(OTHER_CONSOLES).find(([prefix]) => region.startsWith(prefix))
    ?? ['', 'console.aws.amazon.com'];
  return `https://${host}/cloudwatch/home?region=${region}#dashboards:name=${dashboard.dashboardName}`;
}
