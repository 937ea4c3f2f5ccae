import { App, Aspects, CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Outputs } from './account';
import * as checks from './checks';
import { bridgeIn, output } from './stacks';
import { StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeEventType } from '../../src';

/** Behavior of AWS on which the library depends, and which no local software shows. */
export interface Step {
  /** Row of the finding. */
  readonly row: string;
  /** What AWS does, as a sentence. */
  readonly promise: string;
  /** Stack of somebody else, which is deployed first. The app gets its outputs. */
  readonly others?: (stack: Stack) => void;
  /** Whether that stack is in another region. */
  readonly othersElsewhere?: true;
  /** What its outputs look like, for a synthesis without AWS. */
  readonly example?: Outputs;
  readonly app: (stack: Stack, known: Outputs) => void;
  /** Message with which AWS may reject the app, depending on the account. */
  readonly mayReject?: RegExp;
  readonly check: checks.Check;
  /** Why the local AWS cannot show it. Without a reason, the step runs there in the daily tests. */
  readonly onlyAws?: string;
  /** Variables that it needs. Without them it is skipped. */
  readonly needs?: string[];
}

const EXAMPLE_KEY = 'arn:aws:kms:eu-west-1:000000000000:key/11111111-2222-3333-4444-555555555555';
const EXAMPLE_SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:stripe-AbCdEf';

/** Characters of a pattern that EventBridge accepts. */
const LONGEST_PATTERN = 2_048;

const DESTROY = { removalPolicy: RemovalPolicy.DESTROY };

const FOR_EVENT_BRIDGE = new PolicyStatement({
  principals: [new ServicePrincipal('events.amazonaws.com')],
  actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*', 'kms:DescribeKey'],
  resources: ['*'],
});

/** Key whose policy admits EventBridge, as the warning about imported keys asks for. */
function keyForEventBridge(stack: Stack): Key {
  const ofAccount = new PolicyStatement({
    principals: [new AccountRootPrincipal()], actions: ['kms:*'], resources: ['*'],
  });
  const policy = new PolicyDocument({ statements: [ofAccount, FOR_EVENT_BRIDGE] });
  return new Key(stack, 'Key', { policy, ...DESTROY });
}

/** Attaches a queue for event types, beside the one for all events. */
function onLongPattern(stack: Stack, types: string[]): void {
  const target = new SqsQueue(new Queue(stack, 'Queue'));
  bridgeIn(stack).onEvent('Long', { target, eventTypes: StripeEventFilter.named(...types) });
}

/** Event types whose pattern has as many characters as EventBridge accepts. */
function typesOfLongestPattern(): string[] {
  const names = (padding: number) => [
    ...Array.from({ length: 45 }, (_, index) => `q${index}.${'x'.repeat(35)}`), `q.${'x'.repeat(padding)}`,
  ];
  const stack = new Stack(new App(), 'Pattern');
  onLongPattern(stack, names(1));
  const rules = Object.entries(Template.fromStack(stack).findResources('AWS::Events::Rule'));
  const [[, { Properties }]] = rules.filter(([id]) => id.includes('Long'));
  return names(1 + LONGEST_PATTERN - JSON.stringify(Properties.EventPattern).length);
}

/** Web ACL with the common rules of AWS. `actions` overrides those of single rules. */
function webAcl(stack: Stack, id: string, actions: CfnWebACL.RuleActionOverrideProperty[]): string {
  const visibilityConfig = { cloudWatchMetricsEnabled: false, sampledRequestsEnabled: false, metricName: id };
  return new CfnWebACL(stack, id, {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig,
    rules: [{
      name: 'Common',
      priority: 0,
      overrideAction: { none: {} },
      visibilityConfig,
      statement: {
        managedRuleGroupStatement: {
          vendorName: 'AWS', name: 'AWSManagedRulesCommonRuleSet', ruleActionOverrides: actions,
        },
      },
    }],
  }).attrArn;
}

export const STEPS: Step[] = [
  {
    row: 'N04',
    promise: 'the metrics of a function with JSON logs of the level WARN arrive, and its alarms do not fire',
    app: (stack) => {
      bridgeIn(stack);
      Aspects.of(stack).add({
        visit: (node) => node instanceof CfnFunction
          && node.addPropertyOverride('LoggingConfig', { LogFormat: 'JSON', ApplicationLogLevel: 'WARN' }),
      });
    },
    check: checks.metricsArrive,
    onlyAws: 'it makes no metrics from log lines',
  },
  {
    row: 'N05',
    promise: 'events that EventBridge cannot encrypt are in the dead-letter queue of the bus, whose alarm fires',
    app: (stack) => {
      const encryptionKey = new Key(stack, 'Key', DESTROY);
      const { eventBus } = bridgeIn(stack, { encryptionKey });
      output(stack, { Key: encryptionKey.keyArn, Bus: eventBus.eventBusName });
    },
    check: checks.unencryptedEventsAreKept,
    onlyAws: 'it encrypts nothing',
  },
  {
    row: 'N06',
    promise: 'a secret with a customer managed key is read, both imported',
    others: (stack) => {
      const encryptionKey = new Key(stack, 'Key', DESTROY);
      const secret = new Secret(stack, 'Secret', { encryptionKey, ...DESTROY });
      output(stack, { Key: encryptionKey.keyArn, Secret: secret.secretArn });
    },
    example: { Key: EXAMPLE_KEY, Secret: EXAMPLE_SECRET },
    app: (stack, known) => {
      const encryptionKey = Key.fromKeyArn(stack, 'Key', known.Key);
      const signingSecret = Secret.fromSecretAttributes(stack, 'Secret', {
        secretCompleteArn: known.Secret, encryptionKey,
      });
      bridgeIn(stack, { signingSecret });
    },
    check: checks.delivers(),
    onlyAws: 'its `Ref` of a secret is the name',
  },
  {
    row: 'N07',
    promise: 'a secret is found by its name, although the name ends as an ARN does',
    others: (stack) => {
      const secretName = `${stack.stackName}-secret`;
      new Secret(stack, 'Secret', { secretName, ...DESTROY });
      output(stack, { Name: secretName });
    },
    example: { Name: 'stripe-secret' },
    app: (stack, { Name }) => {
      bridgeIn(stack, { signingSecret: Secret.fromSecretNameV2(stack, 'Secret', Name), secretId: Name });
    },
    check: checks.delivers(),
  },
  {
    row: 'N23',
    promise: 'the alarms on rules fire on the default bus and on a new one, because their dimensions exist',
    app: (stack) => {
      bridgeIn(stack, { eventBus: EventBus.fromEventBusName(stack, 'Bus', 'default') }, 'Default');
      bridgeIn(stack, {}, 'Custom');
    },
    check: checks.alarmsOfRulesFire(['Default', 'Custom']),
    onlyAws: 'it has no metrics of EventBridge',
  },
  {
    row: 'N24',
    promise: 'a bus of another region gets the events',
    others: (stack) => {
      const bus = new EventBus(stack, 'Bus');
      const queue = new Queue(stack, 'Queue');
      new Rule(stack, 'Rule', {
        eventBus: bus, eventPattern: { source: ['stripe.com'] }, targets: [new SqsQueue(queue)],
      });
      output(stack, { Bus: bus.eventBusArn, Queue: queue.queueUrl });
    },
    othersElsewhere: true,
    example: { Bus: 'arn:aws:events:us-east-1:000000000000:event-bus/central' },
    app: (stack, { Bus }) => {
      const bridge = new StripeEventBridge(stack, 'Stripe', {
        eventBus: EventBus.fromEventBusArn(stack, 'Bus', Bus), ...DESTROY,
      });
      output(stack, { StripeUrl: bridge.url!, StripeSecret: bridge.signingSecret.secretArn });
    },
    check: checks.otherRegionGetsEvents,
  },
  {
    row: 'N36',
    promise: 'an access log of a REST API works, or AWS names the role that the account needs',
    app: (stack) => {
      bridgeIn(stack, { endpoint: StripeEndpoint.restApi({ accessLog: {} }) });
    },
    mayReject: /CloudWatch Logs role ARN must be set in account settings/,
    check: checks.delivers(),
  },
  {
    row: 'N41',
    promise: 'two bridges share a custom domain, each under a key of its own',
    needs: ['AWS_TEST_DOMAIN', 'AWS_TEST_CERTIFICATE_ARN'],
    app: (stack) => {
      const domainName = new DomainName(stack, 'Domain', {
        domainName: process.env.AWS_TEST_DOMAIN ?? 'api.example.com',
        certificate: Certificate.fromCertificateArn(stack, 'Certificate', process.env.AWS_TEST_CERTIFICATE_ARN
          ?? 'arn:aws:acm:eu-west-1:000000000000:certificate/11111111-2222-3333-4444-555555555555'),
      });
      bridgeIn(stack, { endpoint: StripeEndpoint.httpApi({ domainName, mappingKey: 'live' }) }, 'Live');
      bridgeIn(stack, { endpoint: StripeEndpoint.httpApi({ domainName, mappingKey: 'test' }) }, 'Test');
      output(stack, { Regional: domainName.regionalDomainName });
    },
    check: checks.domainIsShared(['Live', 'Test']),
    onlyAws: 'it has no custom domains',
  },
  {
    row: 'N42',
    promise: 'APIs with a construct path of 141 characters are deployed',
    app: (stack) => {
      const deep = new Construct(stack, 'x'.repeat(141 - 'Test//Stripe/'.length));
      bridgeIn(stack, { endpoint: StripeEndpoint.httpApi() }, 'Http', deep);
      bridgeIn(stack, { endpoint: StripeEndpoint.restApi() }, 'Rest', deep);
    },
    check: checks.delivers('Http', 'Rest'),
  },
  {
    row: 'N45',
    promise: 'a function in a VPC is created with a role of the user',
    app: (stack) => {
      const subnetConfiguration = [{ name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED }];
      const vpc = new Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0, subnetConfiguration });
      const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
      bridgeIn(stack, { functionOptions: { role, vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED } } });
    },
    check: async () => {}, // without the permissions, AWS rejects the function
    onlyAws: 'it does not check the permissions of a role',
  },
  {
    row: 'N46',
    promise: 'the longest environment of a function is accepted',
    app: (stack) => {
      const additionalSigningSecrets = Array.from({ length: 13 }, (_, index) =>
        new Secret(stack, `Secret${index}`, DESTROY));
      const types = Object.values(StripeEventType).slice(0, 100);
      const eventTypes = StripeEventFilter.of(...types, StripeEventType.INVOICE_PAID);
      bridgeIn(stack, { additionalSigningSecrets, eventTypes });
    },
    check: checks.delivers(),
  },
  {
    row: 'N47',
    promise: 'a pattern of the documented length is accepted',
    app: (stack) => onLongPattern(stack, typesOfLongestPattern()),
    check: checks.delivers(),
  },
  {
    row: 'N49',
    promise: 'a key whose policy has the four actions of the warning serves bus, queues, secret, archive and table',
    others: (stack) => output(stack, { Key: keyForEventBridge(stack).keyArn }),
    example: { Key: EXAMPLE_KEY },
    app: (stack, { Key: keyArn }) => {
      const encryptionKey = Key.fromKeyArn(stack, 'Key', keyArn);
      bridgeIn(stack, { encryptionKey, archive: {}, customerTable: {} });
    },
    check: checks.eventsAndCustomersArrive,
  },
  {
    row: 'N51',
    promise: 'a rule without a retry policy sends to another bus',
    app: (stack) => {
      const other = new EventBus(stack, 'Other');
      const queue = new Queue(stack, 'Queue');
      new Rule(stack, 'Rule', {
        eventBus: other, eventPattern: { source: ['stripe.com'] }, targets: [new SqsQueue(queue)],
      });
      bridgeIn(stack).onEvent('Other', { target: new BusTarget(other) });
      output(stack, { OtherQueue: queue.queueUrl });
    },
    check: checks.otherBusGetsEvents,
  },
  {
    row: 'N52',
    promise: 'a bus whose name is a parameter may be the default bus or another one',
    others: (stack) => output(stack, { Bus: new EventBus(stack, 'Bus').eventBusName }),
    example: { Bus: 'billing' },
    app: (stack, { Bus }) => {
      for (const [id, value] of [['Default', 'default'], ['Custom', Bus]]) {
        const { valueAsString } = new CfnParameter(stack, `${id}Name`, { default: value });
        bridgeIn(stack, { eventBus: EventBus.fromEventBusName(stack, `${id}Bus`, valueAsString) }, id);
      }
    },
    check: checks.delivers('Default', 'Custom'),
  },
  {
    row: 'N55',
    promise: 'the common rules of AWS WAF block an event of 20 KB, unless the rule on the size is overridden',
    app: (stack) => {
      const sizeCounts = [{ name: 'SizeRestrictions_BODY', actionToUse: { count: {} } }];
      const behind = (id: string, webAclArn: string) =>
        bridgeIn(stack, { endpoint: StripeEndpoint.restApi({ webAclArn }) }, id);
      behind('Blocked', webAcl(stack, 'BlockedAcl', []));
      behind('Admitted', webAcl(stack, 'AdmittedAcl', sizeCounts));
    },
    check: checks.largeEventIsBlocked,
    onlyAws: 'it has no web ACL for an API',
  },
  {
    row: 'N61',
    promise: 'the alarm on a dead-letter queue stays while nobody uses the queue for hours',
    needs: ['AWS_TEST_HOURS'],
    app: (stack) => {
      bridgeIn(stack);
    },
    check: checks.depthAlarmStays,
    onlyAws: 'it does not evaluate alarms',
  },
  {
    row: 'N63',
    promise: 'after `encryptionKey` is removed and the statement for EventBridge is kept, the archive is replayed',
    app: (stack) => bridgeWithFormerKey(stack, true),
    check: checks.archiveSurvivesKey((stack) => bridgeWithFormerKey(stack, false)),
    onlyAws: 'it has no archive in a template',
  },
];

/** Bridge with an archive and a key, or the same after the first step of the removal of the key. */
function bridgeWithFormerKey(stack: Stack, inUse: boolean): void {
  const encryptionKey = keyForEventBridge(stack);
  const { eventBus } = bridgeIn(stack, { archive: {}, ...inUse && { encryptionKey } });
  output(stack, { Bus: eventBus.eventBusArn });
}
