import { Annotations, CfnOutput, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, type ITable, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type CfnFunction, EventSourceMapping, type Function } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CUSTOMER_EVENTS, PARTITION_KEY_NAME, WRITER_ENV, WRITER_METRICS, WRITER_TIMEOUT_SECONDS } from './contract';
import type { StripeCustomerTableProps } from './stripe-customer-table-props';
import { NO_TIME_TO_LIVE, placeOf, validateTableProps } from './validation';
import { writerAlarms } from './writer-alarms';
import { limitConcurrency } from '../internal/concurrency';
import { assertGrantable, keyBehind, warnIfClosed, warnIfDestroyed } from '../internal/encryption-key';
import { differenceOf } from '../internal/environment';
import { eventQueue, EventQueueTarget } from '../internal/event-queue';
import { EventRules } from '../internal/event-rules';
import { HandlerFunction } from '../internal/handler-function';
import { keepInvariants, REPORTS_FAILURES } from '../internal/invariants';
import { tableKeyInvariants } from '../internal/key-invariants';
import { deadLetterAlarms, queueAgeAlarm } from '../internal/queue-alarms';
import { watchEncryptedBus } from '../internal/watch-encrypted-bus';
import { Alarms } from '../monitoring/alarms';
import { DEFAULT_EVENT_SOURCES } from '../stripe-event-filter/stripe-event-sources';
import { StripeMode } from '../stripe-event-filter/stripe-mode';

/** 50 receives that are at least 60 s apart: about 50 minutes until a message moves to the dead-letter queue. */
const MAX_RECEIVE_COUNT = 50;
/** Actions of DynamoDB on the key of a table, in the name of the writer. */
const KEY_ACTIONS = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];
const VISIBILITY = Duration.seconds(6 * WRITER_TIMEOUT_SECONDS);

/**
 * Stripe customers in DynamoDB, one row per customer, kept up to date by the events of a bus.
 *
 * Late, duplicate and out-of-order events converge to Stripe's final state. Stripe's timestamps have a resolution of
 * one second, so conflicting updates within one second are flagged by `isAmbiguous` until a later event arrives. A
 * deleted customer leaves a tombstone without personal data.
 */
export class StripeCustomerTable extends Construct {
  /** Table with the rows: the existing one, or the new one. */
  public readonly table: ITable;

  /** New table, with its methods for indexes and replicas. Undefined for an existing table. */
  public readonly newTable?: TableV2;

  /** Queue of customer events that the writer has not processed. */
  public readonly queue: Queue;

  /** Queue for events that could not be delivered, or not be written in 50 attempts. It keeps them for 14 days. */
  public readonly deadLetterQueue: Queue;

  /** Function that writes the rows. */
  public readonly writerFunction: Function;

  /** @internal */
  public readonly _eventBus: IEventBus;

  /** @internal */
  public readonly _eventSources: readonly unknown[];

  /** @internal */
  public readonly _mode: StripeMode;

  /**
   * Rules that deliver the events.
   *
   * @internal
   */
  public readonly _rules: readonly Rule[];

  private readonly writer: HandlerFunction;

  /**
   * @param scope scope of the construct
   * @param id id, unique in the scope
   * @param props bus that carries the events, and options
   */
  constructor(scope: Construct, id: string, props: StripeCustomerTableProps) {
    super(scope, id);
    validateTableProps(this, props);
    const { removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = props;
    const encryptionKey = keyBehind(props.encryptionKey);
    encryptionKey && warnIfDestroyed(encryptionKey, removalPolicy);
    this.newTable = props.table ? undefined : this.createTable(props, removalPolicy);
    this.table = props.table ?? this.newTable!;
    keepInvariants(this, this.table, NO_TIME_TO_LIVE);
    this.deadLetterQueue = eventQueue(this, 'DeadLetterQueue', { encryptionKey, removalPolicy });
    this.queue = eventQueue(this, 'Queue', {
      encryptionKey,
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    const rules = this.createRules(props);
    this._rules = rules.rules;
    this._eventBus = watchEncryptedBus(this, props.eventBus, props.alarms);
    this._mode = props.mode ?? StripeMode.ALL;
    this._eventSources = props.eventSources ?? DEFAULT_EVENT_SOURCES;
    this.writer = this.createWriter(props);
    this.writerFunction = this.writer.function;
    const queueAlarms = [...deadLetterAlarms(this.deadLetterQueue, rules), queueAgeAlarm(this.queue)];
    new Alarms(this, 'Alarms', props.alarms, [...writerAlarms(this.writer), ...queueAlarms]);
  }

  /**
   * Grants permission to read the rows, also through every index of the table, whenever it is added.
   *
   * @param grantee principal that receives the permission
   */
  public grantReadData(grantee: IGrantable): Grant {
    // CDK covers the indexes only if it knows of one at the time of the grant, and of none for an imported table
    return this.table.grantReadData(grantee).combine(Grant.addToPrincipal({
      grantee, actions: ['dynamodb:Query', 'dynamodb:Scan'], resourceArns: [`${this.table.tableArn}/index/*`],
    }));
  }

  /**
   * Returns a metric of the writer. The runbook lists the names. Fails synthesis for another name.
   *
   * The namespace is `StripeEventBridge`, the dimension `FunctionName`.
   *
   * @param metricName name of the metric, such as `AfterDelete`
   * @param props options for the metric, whose default statistic is the sum
   */
  public metric(metricName: string, props?: MetricOptions): Metric {
    return this.writer.metric(metricName, props);
  }

  /**
   * Returns the metric `Written`: the number of events that changed a row.
   *
   * @param props options for the metric, whose default statistic is the sum
   */
  public metricRowsWritten(props?: MetricOptions): Metric {
    return this.metric('Written', props);
  }

  /**
   * Returns the metric `Ambiguous`: the number of updates that conflict with another update of the same second.
   *
   * @param props options for the metric, whose default statistic is the sum
   */
  public metricAmbiguous(props?: MetricOptions): Metric {
    return this.metric('Ambiguous', props);
  }

  private createTable(props: StripeCustomerTableProps, removalPolicy: RemovalPolicy): TableV2 {
    if (props.tableName && !Token.isUnresolved(props.tableName)) {
      Annotations.of(this).addWarningV2('cdk-stripe-eventbridge:fixed-table-name',
        `tableName is fixed, got '${props.tableName}', so that a second copy of the stack cannot be deployed; ` +
        'omit it for a generated name, or acknowledge this warning');
    }
    const encryptionKey = keyBehind(props.encryptionKey);
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: props.partitionKeyName ?? PARTITION_KEY_NAME, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      tableName: props.tableName,
      dynamoStream: props.dynamoStream,
      deletionProtection: props.deletionProtection,
      encryption: encryptionKey && TableEncryptionV2.customerManagedKey(encryptionKey),
      removalPolicy,
    });
    keepInvariants(this, table, tableKeyInvariants(table));
    new CfnOutput(this, 'TableName', { value: table.tableName, description: 'Table of Stripe customers' });
    return table;
  }

  private createRules({ eventBus, eventSources, mode, account }: StripeCustomerTableProps): EventRules {
    return new EventRules(this, 'Rule', {
      eventBus,
      eventSources: eventSources ?? DEFAULT_EVENT_SOURCES,
      detailTypes: [...CUSTOMER_EVENTS],
      mode,
      account,
      description: 'Stripe customer events for the table',
      target: new EventQueueTarget(this.queue),
      deadLetterQueue: () => this.deadLetterQueue,
    });
  }

  private createWriter(props: StripeCustomerTableProps): HandlerFunction {
    const { sortKey } = props;
    const writer = new HandlerFunction(this, 'Writer', {
      asset: 'writer',
      description: 'Writes Stripe customers to a table',
      environment: {
        [WRITER_ENV.TABLE_ARN]: this.table.tableArn,
        [WRITER_ENV.PARTITION_KEY_NAME]: props.partitionKeyName ?? PARTITION_KEY_NAME,
        [WRITER_ENV.SORT_KEY]: Stack.of(this).toJsonString(sortKey ? { [sortKey.name]: sortKey.value } : {}),
        [WRITER_ENV.STORE_RAW_EVENT]: `${props.storeRawEvent ?? false}`,
      },
      timeoutSeconds: WRITER_TIMEOUT_SECONDS,
      memorySize: 256,
      metrics: WRITER_METRICS,
      needs: 'read the queue (AWSLambdaSQSQueueExecutionRole), write to the table (dynamodb:UpdateItem)',
      options: props.functionOptions,
      logRetention: props.logRetention,
      logEncryptionKey: props.logEncryptionKey,
    });
    this.grantWrite(writer.function);
    props.encryptionKey && warnIfClosed(props.encryptionKey, 'sqs', writer.function);
    const grant = this.queue.grantConsumeMessages(writer.function);
    // not as an event source, whose id has the path of the stack
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: writer.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
    });
    limitConcurrency(mapping, writer.function.node.defaultChild as CfnFunction);
    keepInvariants(this, mapping, [REPORTS_FAILURES]);
    grant.applyBefore(mapping); // Lambda rejects a mapping whose function may not read the queue yet
    return writer;
  }

  /** In another account, CDK would name the role in the policies of table and key, which a generated name cannot be. */
  private grantWrite(grantee: IGrantable): void {
    assertGrantable(this, `the table ${this.table.node.path}`, this.table.encryptionKey);
    if (!differenceOf(this, { env: placeOf(this.table) })) {
      this.table.grant(grantee, 'dynamodb:UpdateItem');
      this.table.encryptionKey?.grantEncryptDecrypt(grantee);
      this.table.encryptionKey && warnIfClosed(this.table.encryptionKey, 'dynamodb', grantee);
      return;
    }
    Grant.addToPrincipal({ grantee, actions: ['dynamodb:UpdateItem'], resourceArns: [this.table.tableArn] });
    const encryptionKey = keyBehind(this.table.encryptionKey);
    if (encryptionKey) {
      Grant.addToPrincipal({ grantee, actions: KEY_ACTIONS, resourceArns: [encryptionKey.keyArn] });
    }
    Annotations.of(this).addWarningV2('cdk-stripe-eventbridge:table-of-another-account',
      `the policies of the table ${this.table.node.path} and of its key cannot be changed here; ` +
      'they must allow the writer to call dynamodb:UpdateItem and to use the key');
  }
}
