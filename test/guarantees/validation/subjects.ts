import { type Stack } from 'aws-cdk-lib';
import { DomainName, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeCustomerTable, StripeEndpoint, StripeEventBridge, StripeEventRule, StripeEvents,
} from 'cdk-stripe-eventbridge';

/** Constructs that use the properties of each public interface. Runs on the sources and on the packed library. */

/** Properties as plain JavaScript passes them. */
export type Untyped = Record<string, unknown>;

/** Use of an interface in a stack. */
export interface Subject {
  /** Name of the property in messages, if the interface is the value of one property. */
  readonly partOf?: string;
  /** Creates a construct with the properties. */
  build(stack: Stack, props: any): unknown;
  /** Other properties that a property needs. */
  needs?(stack: Stack, property: string): Untyped;
}

const bus = (stack: Stack) => new EventBus(stack, 'SubjectBus');
const target = (stack: Stack) => new SqsQueue(new Queue(stack, 'SubjectTarget'));
const events = (stack: Stack, options = {}) => StripeEvents.fromEventBus(stack, 'Stripe', bus(stack), options);
const bridge = (stack: Stack, props = {}) => new StripeEventBridge(stack, 'Stripe', props);
const handler = (stack: Stack) => new Function(stack, 'SubjectFunction', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = () => {}'),
});
const table = (stack: Stack) =>
  Table.fromTableArn(stack, 'SubjectTable', `arn:aws:dynamodb:${stack.region}:111122223333:table/customers`);
const vpc = (stack: Stack) => Vpc.fromVpcAttributes(stack, 'SubjectVpc', {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  availabilityZones: ['eu-west-1a'],
  privateSubnetIds: ['subnet-0a1b2c3d4e5f60718'],
});
const domainName = (stack: Stack) => new DomainName(stack, 'SubjectDomain', {
  domainName: 'stripe.example.com',
  certificate: Certificate.fromCertificateArn(
    stack, 'SubjectCertificate', 'arn:aws:acm:eu-west-1:111122223333:certificate/7e7a28d2-163f-4b8f-b9cd-822f96c08d6a'),
});

/** Every interface whose properties a user writes, by its name. */
export const SUBJECTS: Record<string, Subject> = {
  StripeEventBridgeProps: { build: bridge },
  StripeEventsOptions: {
    build: (stack, props) => events(stack, props).onEvent('Paid', { target: target(stack) }),
  },
  StripeEventBusOptions: {
    build: (stack, props) => events(stack, props).onEvent('Paid', { target: target(stack) }),
  },
  StripeArchiveOptions: { build: (stack, props) => events(stack).addArchive('Archive', props) },
  StripeAlarmOptions: { build: (stack, alarms) => bridge(stack, { alarms }) },
  StripeCustomerTableOptions: {
    build: (stack, props) => events(stack).addCustomerTable('Customers', props),
    needs: (stack, property) => property === 'sortKey' ? { table: table(stack) } : {},
  },
  StripeCustomerTableProps: {
    build: (stack, props) => new StripeCustomerTable(stack, 'Customers', props),
    needs: (stack) => ({ eventBus: bus(stack) }),
  },
  StripeSortKey: {
    build: (stack, sortKey) => events(stack).addCustomerTable('Customers', { table: table(stack), sortKey }),
    needs: () => ({ name: 'sk', value: 'CUSTOMER' }),
    partOf: 'sortKey',
  },
  StripeEventTargetOptions: {
    build: (stack, props) => events(stack).onEvent('Paid', props),
    needs: (stack) => ({ target: target(stack) }),
  },
  StripeEventRuleOptions: {
    build: (stack, props) => bridge(stack).onEvent('Paid', props),
    needs: (stack) => ({ target: target(stack) }),
  },
  StripeEventRuleProps: {
    build: (stack, props) => new StripeEventRule(stack, 'Paid', props),
    needs: (stack) => ({ target: target(stack), eventBus: bus(stack), eventSources: ['stripe.com'] }),
  },
  StripeFunctionOptions: {
    build: (stack, functionOptions) => bridge(stack, { functionOptions }),
    needs: (stack, property) => ['vpcSubnets', 'securityGroups'].includes(property) ? { vpc: vpc(stack) } : {},
  },
  StripeHttpApiOptions: {
    build: (stack, options) => bridge(stack, { endpoint: StripeEndpoint.httpApi(options) }),
    needs: (stack, property) => property === 'url' ? { api: new HttpApi(stack, 'SubjectApi') }
      : ['mappingKey', 'keepDefaultEndpoint'].includes(property) ? { domainName: domainName(stack) } : {},
  },
  StripeRestApiOptions: { build: (stack, options) => bridge(stack, { endpoint: StripeEndpoint.restApi(options) }) },
  StripeApiOptions: { build: (stack, options) => bridge(stack, { endpoint: StripeEndpoint.restApi(options) }) },
  StripeAccessLogOptions: {
    build: (stack, accessLog) => bridge(stack, { endpoint: StripeEndpoint.httpApi({ accessLog }) }),
  },
  QueuedFunctionOptions: {
    build: (stack, options) => events(stack).onEvent('Paid', { target: new QueuedFunction(handler(stack), options) }),
  },
};

/** Interfaces that the library returns, or that only a custom endpoint returns. */
export const RESULTS = ['StripeEndpointConfig'];
