import { Token } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { StripeEndpoint } from './endpoint/stripe-endpoint';
import type { StripeEventBridgeProps } from './stripe-event-bridge-props';
import { PREVIOUS_SECRET_SECONDS, TOLERANCE_SECONDS } from './webhook/contract';
import { busOfApp } from '../internal/bus-of-app';
import { assertKnownEnvironment } from '../internal/event-rules';
import { SHARED_RULES } from '../internal/shared-validation';
import {
  BOOLEAN, construct, fail, instance, listOf, type Rules, text, validate, wholeSeconds,
} from '../internal/validation';
import { DEFAULT_EVENT_SOURCE } from '../stripe-event-filter/stripe-event-sources';
import { EVENTS_RULES } from '../stripe-events/validation';

/** All values of signing secrets that the function tries. */
const MAX_SECRETS = 16;
const PARTNER_BUS = 'aws.partner/';

// its name has a rule of its own
const SECRET = construct('an ISecret', 'secretArn', "use Secret.fromSecretNameV2(this, 'Secret', name); never a value");

const RULES: Rules<StripeEventBridgeProps> = {
  ...EVENTS_RULES,
  eventBus: SHARED_RULES.eventBus,
  eventBusName: text(
    '1 to 256 letters, digits and the characters . - _', /^[\w.-]{1,256}$/, "use a name such as 'stripe'",
  ),
  eventSource: text(
    "1 to 240 characters that do not begin with 'aws.', which EventBridge reserves for AWS", /^(?!aws\.).{1,240}$/i,
    `use your own domain, such as 'billing.example.com', or omit it for '${DEFAULT_EVENT_SOURCE}'`,
  ),
  endpoint: instance(StripeEndpoint, 'use StripeEndpoint.httpApi()'),
  signingSecret: SECRET,
  additionalSigningSecrets: listOf(SECRET, { max: MAX_SECRETS - 1 }),
  previousSecretLifetime: wholeSeconds(0, PREVIOUS_SECRET_SECONDS.max,
    'use Duration.seconds(0) to accept only the current version'),
  tolerance: wholeSeconds(TOLERANCE_SECONDS.min, TOLERANCE_SECONDS.max,
    'use Duration.seconds(1) for the strictest check'),
  dashboard: BOOLEAN,
};

/** Fails on the first invalid property of a bridge. Tokens pass. */
export function validateBridge(scope: Construct, props: StripeEventBridgeProps): void {
  validate(scope, props, RULES);
  const { eventBus, eventBusName } = props;
  if (eventBus && eventBusName !== undefined) {
    fail(scope, `\`eventBus\` and \`eventBusName\` are mutually exclusive, got a bus and the name '${eventBusName}'; ` +
      'omit eventBusName to use the bus');
  }
  if (eventBusName === 'default') {
    fail(scope, "`eventBusName` must differ from 'default', which every account has; " +
      "use eventBus: EventBus.fromEventBusName(this, 'Bus', 'default')");
  }
  eventBus && validateBus(scope, eventBus);
}

function validateBus(scope: Construct, eventBus: IEventBus): void {
  assertKnownEnvironment(scope, eventBus);
  const ofApp = busOfApp(eventBus);
  const name = ofApp ? ofApp.eventSourceName : eventBus.eventBusName;
  if (name && (ofApp || (!Token.isUnresolved(name) && name.startsWith(PARTNER_BUS)))) {
    fail(scope, '`eventBus` must accept PutEvents, got a bus of a partner, on which only the partner publishes; ' +
      'use StripeEvents.fromEventBus to attach tables and rules to it, or StripeCustomerTable');
  }
}
