import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, CfnGlobalTable, CfnTable, type ITable, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BOOKKEEPING_FIELDS, CUSTOMER_EVENTS, CUSTOMER_FIELDS, PARTITION_KEY_NAME, WRITER_ENV, WRITER_TIMEOUT_SECONDS } from './contract';
import type { StripeFunctionOptions } from '../handler-function';
import { HandlerFunction } from '../handler-function/handler-function';

/** Sources that carry Stripe's events: ours, and the partner source of Stripe's own EventBridge destination. */
const DEFAULT_EVENT_SOURCES: string[] = Match.anyOf('stripe.com', Match.prefix('aws.partner/stripe.com'));

/** 50 receives, 60 s apart at least: the queue tries for about 50 minutes before a message is set aside. */
const MAX_RECEIVE_COUNT = 50;
const VISIBILITY = Duration.seconds(6 * WRITER_TIMEOUT_SECONDS);

/** How the table and the way to it are set up. */
export interface StripeCustomerTableOptions {
  /**
   * A table of yours, with a string partition key and no sort key.
   *
   * Fails synthesis if it is given together with options of a new table, or is a table of this app whose key differs.
   *
   * @default - a new `TableV2`, on demand, with point-in-time recovery
   */
  readonly table?: ITable;

  /**
   * Name of the table's partition key, for a table of yours.
   *
   * Fails synthesis if a row has another attribute of this name.
   *
   * @default 'pk'
   */
  readonly partitionKeyName?: string;

  /**
   * Refuse to delete the table, also when the stack goes.
   *
   * @default false
   */
  readonly deletionProtection?: boolean;

  /**
   * Key that encrypts the new table.
   *
   * Fails synthesis in a stack without a region.
   *
   * @default - a key that DynamoDB owns
   */
  readonly encryptionKey?: IKey;

  /**
   * What becomes of the new table and the dead-letter queue when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Write only customers of live mode (true) or of test mode (false).
   *
   * @default - both, in rows of their own
   */
  readonly livemode?: boolean;

  /**
   * How the writer function runs.
   *
   * @default - Node.js 24, arm64, 256 MiB
   */
  readonly functionOptions?: StripeFunctionOptions;

  /**
   * How long the writer's logs are kept. They hold event ids and outcomes, nothing of the customer.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

/** Where a customer table gets its events from. */
export interface StripeCustomerTableProps extends StripeCustomerTableOptions {
  /** The bus that carries Stripe's events. */
  readonly eventBus: IEventBus;

  /**
   * The `source` of the events, exactly.
   *
   * Fails synthesis if the list is empty.
   *
   * @default - `stripe.com`, and all that begins with `aws.partner/stripe.com`, Stripe's own EventBridge destination
   */
  readonly eventSources?: string[];
}

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
    validate(this, props);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const partitionKeyName = props.partitionKeyName ?? PARTITION_KEY_NAME;

    this.tableV2 = props.table ? undefined : this.makeTable(partitionKeyName, removalPolicy, props);
    this.table = props.table ?? this.tableV2!;
    this.deadLetterQueue = this.makeDeadLetterQueue(removalPolicy);
    this.queue = this.makeQueue();
    this.route(props);
    this.writer = this.makeWriter(partitionKeyName, props);
    this.writerFunction = this.writer.function;
  }

  /** Lets somebody read the rows. */
  public grantReadData(grantee: IGrantable): Grant {
    return this.table.grantReadData(grantee);
  }

  /**
   * A metric of the writer: `Written`, `Duplicate`, `Stale`, `AfterDelete`, `Tie` or `WriteError`, as a count.
   *
   * Namespace `StripeEventBridge`, dimension `FunctionName`.
   *
   * @param metricName one of the names above
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metric(metricName: string, props?: MetricOptions): Metric {
    return this.writer.metric(metricName, props);
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

  private makeDeadLetterQueue(removalPolicy: RemovalPolicy): Queue {
    return new Queue(this, 'DeadLetterQueue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy,
    });
  }

  private makeQueue(): Queue {
    return new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  private route({ eventBus, eventSources, livemode }: StripeCustomerTableProps): void {
    new Rule(this, 'Rule', {
      description: 'Customers for the table',
      eventBus,
      eventPattern: {
        source: eventSources ?? DEFAULT_EVENT_SOURCES,
        detailType: [...CUSTOMER_EVENTS],
        ...livemode !== undefined && { detail: { livemode: [livemode] } },
      },
      targets: [new SqsQueue(this.queue, {
        deadLetterQueue: this.deadLetterQueue,
        maxEventAge: Duration.hours(24),
        retryAttempts: 185,
      })],
    });
  }

  private makeWriter(partitionKeyName: string, props: StripeCustomerTableProps): HandlerFunction {
    const writer = new HandlerFunction(this, 'Writer', {
      asset: 'upsert',
      description: 'Writes Stripe customers to a table',
      environment: {
        [WRITER_ENV.TABLE_NAME]: this.table.tableName,
        [WRITER_ENV.PARTITION_KEY_NAME]: partitionKeyName,
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

function validate(scope: Construct, props: StripeCustomerTableProps): void {
  const { table, partitionKeyName, eventSources } = props;
  const ofNewTable = (['deletionProtection', 'encryptionKey'] as const).find((name) => props[name] !== undefined);
  if (table && ofNewTable) {
    throw new Error(`${ofNewTable} belongs to a new table, got it together with table; set it on your table`);
  }
  if (props.encryptionKey && Token.isUnresolved(Stack.of(scope).region)) {
    throw new Error("encryptionKey needs a stack with a region, since a global table's key is regional, got none; set env: { region: '…' } on the stack");
  }
  const taken: readonly string[] = [...CUSTOMER_FIELDS, ...BOOKKEEPING_FIELDS];
  if (partitionKeyName && taken.includes(partitionKeyName)) {
    throw new Error(`partitionKeyName must differ from the attributes of a row, got '${partitionKeyName}'; name the key otherwise, such as 'pk'`);
  }
  if (eventSources && !Token.isUnresolved(eventSources) && eventSources.length === 0) {
    throw new Error("eventSources needs at least one source, got none; leave it out for 'stripe.com' and Stripe's partner source");
  }
  if (table) {
    validateKey(table, partitionKeyName ?? PARTITION_KEY_NAME);
  }
}

/** A table of this app shows its key; an imported one does not. */
function validateKey(table: ITable, partitionKeyName: string): void {
  const resource = table.node.defaultChild;
  if (!(resource instanceof CfnTable || resource instanceof CfnGlobalTable) || Token.isUnresolved(partitionKeyName)) {
    return;
  }
  const { attributeDefinitions, keySchema } = Stack.of(table).resolve({ // lists that may be lazy
    attributeDefinitions: resource.attributeDefinitions,
    keySchema: resource.keySchema,
  }) as { attributeDefinitions: CfnTable.AttributeDefinitionProperty[]; keySchema: CfnTable.KeySchemaProperty[] };
  const typeOf = (name: string) => attributeDefinitions.find(({ attributeName }) => attributeName === name)?.attributeType;
  const key = keySchema.map(({ attributeName, keyType }) => `${keyType} ${attributeName} (${typeOf(attributeName)})`);
  if (key.join() !== `HASH ${partitionKeyName} (S)`) {
    throw new Error(`table must have the string partition key '${partitionKeyName}' and no sort key, got ${key.join(', ')}; set partitionKeyName, or give another table`);
  }
}
