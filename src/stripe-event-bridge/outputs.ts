import { CfnOutput, Lazy } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { regionOfSecret, secretIdOf } from './webhook/secret-access';
import type { StripeAccount } from '../stripe-event-filter/stripe-account';
import type { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import { StripeMode } from '../stripe-event-filter/stripe-mode';

/** Facts that connect Stripe. */
export interface NextStep {
  /** URL to register. */
  readonly url?: string;
  /** Secret that holds the signing secret. */
  readonly signingSecret: ISecret;
  /** Mode of the events that are published. */
  readonly mode?: StripeMode;
  /** Returns the event types to select. Called at synthesis, when everything is attached. */
  readonly eventTypes: () => StripeEventFilter;
  /** Accounts of all that is attached, complete at synthesis. Undefined is every account. */
  readonly accounts: ReadonlyArray<StripeAccount | undefined>;
}

/** Creates the outputs that connect Stripe after the deployment. */
export function addOutputs(scope: Construct, step: NextStep): void {
  const { url, signingSecret, eventTypes } = step;
  new CfnOutput(scope, 'EventTypes', {
    description: 'Event types to select in Stripe',
    value: Lazy.uncachedString({ produce: () => typesToSelect(eventTypes()).join(', ') }),
  });
  if (!url) {
    return; // the owner of the API knows it
  }
  const secretId = secretIdOf(scope, signingSecret);
  new CfnOutput(scope, 'WebhookUrl', { value: url, description: 'URL to register in Stripe' });
  new CfnOutput(scope, 'NextStep', {
    description: 'Steps to connect Stripe',
    value: Lazy.uncachedString({
      produce: () => [
        `1. Create the endpoint at https://dashboard.stripe.com/webhooks${dashboardHint(step)}${cliCommand(url, step)}`,
        '2. Store its signing secret (whsec_...):',
        `aws secretsmanager put-secret-value --region ${regionOfSecret(signingSecret)} --secret-id ${secretId}`,
        '--secret-string file:///dev/stdin (paste it, press Enter, then Ctrl-D)',
      ].join(' '),
    }),
  });
}

/** Types of the filter, with families expanded. Those without a known snapshot type are listed as they are. */
function typesToSelect(filter: StripeEventFilter): string[] {
  const known = filter._toKnownTypes();
  const unknownFamilies = (filter._toList() ?? [])
    .filter((item) => item.endsWith('.') && !known.some((type) => type.startsWith(item)));
  return [...known, ...unknownFamilies.map((family) => `${family}*`)];
}

/** Choices of the Dashboard other than the event types. */
function dashboardHint({ eventTypes, accounts }: NextStep): string {
  const thin = typesToSelect(eventTypes()).filter(isThin);
  const styles = thin.length === 0 ? ['payload style Snapshot']
    : thin.length === typesToSelect(eventTypes()).length ? ['payload style Thin']
      : ['payload style Snapshot; thin types need a second one with the payload style Thin'];
  return ` (${[...styles, ...connectHint(accounts)].join('; ')})`;
}

/** Events of connected accounts need an endpoint of their own. */
function connectHint(accounts: ReadonlyArray<StripeAccount | undefined>): string[] {
  const connected = accounts.filter((account) => account?._isConnected).length;
  return connected === 0 ? []
    : connected === accounts.length ? ['events from connected accounts']
      : ['events from connected accounts need a second one, whose secret is an additionalSigningSecret'];
}

/** Whether a type or family is one of thin events. */
const isThin = (type: string) => /^v\d/.test(type);

/** Command of the Stripe CLI that creates a webhook endpoint. Such an endpoint has neither thin events nor families. */
function cliCommand(url: string, { eventTypes, accounts, mode = StripeMode.ALL }: NextStep): string {
  const types = typesToSelect(eventTypes());
  const accepted = types.filter((type) => type === '*' || !(isThin(type) || type.endsWith('*')));
  const hints = [
    ...mode === StripeMode.ALL ? ['add --live for live mode'] : [],
    ...accepted.length < types.length ? ['the other event types need the Dashboard'] : [],
  ];
  const hint = hints.length > 0 ? ` (${hints.join('; ')})` : '';
  const live = mode === StripeMode.LIVE ? ' --live' : ''; // the commands of the CLI use test mode by default
  const connect = accounts.length > 0 && accounts.every((account) => account?._isConnected) ? ['connect=true'] : [];
  const data = [`url=${url}`, ...connect, ...accepted.map((type) => `"enabled_events[]=${type}"`)];
  return accepted.length === 0 ? ''
    : `, or with the Stripe CLI${hint}: stripe webhook_endpoints create${live} -d ${data.join(' -d ')}`;
}
