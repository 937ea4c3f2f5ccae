import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, type ITable, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Match } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CUSTOMER_EVENTS, PARTITION_KEY_NAME, WRITER_ENV, WRITER_TIMEOUT_SECONDS } from './contract';
import type { StripeCustomerTableProps } from './stripe-customer-table-props';
import { validateTableProps } from './validation';
import { eventQueue, EventQueueTarget } from '../event-rules/event-queue';
import { addEventRules, type EventRules } from '../event-rules/event-rules';
import { HandlerFunction } from '../handler-function/handler-function';
import { deadLetterAlarms, writerAlarms } from '../monitoring/alarm-specs';
import { Alarms } from '../monitoring/alarms';

/** Sources that carry Stripe's events: ours, and the partner source of Stripe's own EventBridge destination. */
const DEFAULT_EVENT_SOURCES: string[] = Match.anyOf('stripe.com', Match.prefix('aws.partner/stripe.com'));

/** 50 receives, 60 s apart at least: the queue tries for about 50 minutes before a message is set aside. */
const MAX_RECEIVE_COUNT = 50;
const VISIBILITY = Duration.seconds(6 * WRITER_TIMEOUT_SECONDS);

/**
 * Stripe's customers in DynamoDB, one row each, kept up to date from the events of a bus.
 *
 * Late, doubled and reordered events end in Stripe's own final state. Two different updates within one second cannot be
 * ordered by Stripe's clock: the row keeps one of them and says `ambiguous`, until a later event settles it. A deleted
 * customer leaves a tombstone without personal data.
 */
export class StripeCustomerTable extends Construct {
  /** The table: the one given, or the new one. */
  public readonly table: ITable;

  /**
   * The new table, with its methods for indexes, streams and replicas.
   *
   * Undefined if a table was given.
   */
  public readonly tableV2?: TableV2;

  /** Customer events on their way to the table. */
  public readonly queue: Queue;

  /** Events that could not be delivered to the queue, or not be written after 50 tries; kept for 14 days. */
  public readonly deadLetterQueue: Queue;

  /** The function that writes. */
  public readonly writerFunction: Function;

  private readonly writer: HandlerFunction;

  constructor(scope: Construct, id: string, props: StripeCustomerTableProps) {
    super(scope, id);
    validateTableProps(this, props);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const partitionKeyName = props.partitionKeyName ?? PARTITION_KEY_NAME;

    this.tableV2 = props.table ? undefined : this.makeTable(partitionKeyName, removalPolicy, props);
    this.table = props.table ?? this.tableV2!;
    this.deadLetterQueue = eventQueue(this, 'DeadLetterQueue', { encryptionKey: props.encryptionKey, removalPolicy });
    this.queue = eventQueue(this, 'Queue', {
      encryptionKey: props.encryptionKey,
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    const rules = this.route(props);
    this.writer = this.makeWriter(partitionKeyName, props);
    this.writerFunction = this.writer.function;
    new Alarms(this, 'Alarms', props.alarms, [...writerAlarms(this.writer), ...deadLetterAlarms(this.deadLetterQueue, rules)]);
  }

  /**
   * Lets somebody read the rows.
   *
   * @param grantee who may read
   */
  public grantReadData(grantee: IGrantable): Grant {
    return this.table.grantReadData(grantee);
  }

  /**
   * A metric of the writer, by its name; the runbook has the list.
   *
   * Namespace `StripeEventBridge`, dimension `FunctionName`.
   *
   * @param metricName such as `AfterDelete`
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metric(metricName: string, props?: MetricOptions): Metric {
    return this.writer.metric(metricName, props);
  }

  /**
   * Events that changed a row, as a count.
   *
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metricWritten(props?: MetricOptions): Metric {
    return this.metric('Written', props);
  }

  /**
   * Updates of one second that contradict each other, as a count.
   *
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metricTie(props?: MetricOptions): Metric {
    return this.metric('Tie', props);
  }

  private makeTable(partitionKeyName: string, removalPolicy: RemovalPolicy, props: StripeCustomerTableProps): TableV2 {
    return new TableV2(this, 'Table', {
      partitionKey: { name: partitionKeyName, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.deletionProtection,
      encryption: props.encryptionKey && TableEncryptionV2.customerManagedKey(props.encryptionKey),
      removalPolicy,
    });
  }

  private route({ eventBus, eventSources, livemode, account }: StripeCustomerTableProps): EventRules {
    return addEventRules(this, 'Rule', {
      eventBus,
      source: eventSources ?? DEFAULT_EVENT_SOURCES,
      detailTypes: [...CUSTOMER_EVENTS],
      livemode,
      account,
      description: 'Customers for the table',
      target: new EventQueueTarget(this.queue),
      deadLetterQueue: () => this.deadLetterQueue,
    });
  }

  private makeWriter(partitionKeyName: string, props: StripeCustomerTableProps): HandlerFunction {
    const writer = new HandlerFunction(this, 'Writer', {
      asset: 'upsert',
      description: 'Writes Stripe customers to a table',
      environment: {
        [WRITER_ENV.TABLE_NAME]: this.table.tableName,
        [WRITER_ENV.PARTITION_KEY_NAME]: partitionKeyName,
        [WRITER_ENV.STORE_RAW_EVENT]: `${props.storeRawEvent ?? false}`,
      },
      timeoutSeconds: WRITER_TIMEOUT_SECONDS,
      memorySize: 256,
      options: props.functionOptions,
      logRetention: props.logRetention,
    });
    this.table.grant(writer.function, 'dynamodb:UpdateItem');
    this.table.encryptionKey?.grantEncryptDecrypt(writer.function);
    writer.function.addEventSource(new SqsEventSource(this.queue, { batchSize: 10, reportBatchItemFailures: true }));
    return writer;
  }
}
