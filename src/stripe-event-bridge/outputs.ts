import { CfnOutput, Lazy } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { regionOfSecret, secretIdOf } from './webhook/secret-access';
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
}

/** Creates the outputs that connect Stripe after the deployment. */
export function nextStepOutputs(scope: Construct, { url, signingSecret, mode, eventTypes }: NextStep): void {
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
        `1. Create the endpoint at https://dashboard.stripe.com/webhooks${cliCommand(url, eventTypes(), mode)}`,
        '2. Store its signing secret (whsec_...):',
        `aws secretsmanager put-secret-value --region ${regionOfSecret(signingSecret)} --secret-id ${secretId}`,
        '--secret-string file:///dev/stdin (paste it, press Enter, then Ctrl-D)',
      ].join(' '),
    }),
  });
}

/** Known types, and the families of which no type is known: the types of thin events are not listed by the library. */
function typesToSelect(filter: StripeEventFilter): string[] {
  const known = filter._toKnownTypes();
  const unknownFamilies = (filter._toList() ?? [])
    .filter((item) => item.endsWith('.') && !known.some((type) => type.startsWith(item)));
  return [...known, ...unknownFamilies.map((family) => `${family}*`)];
}

/** Command of the Stripe CLI that creates a webhook endpoint. Such an endpoint has neither thin events nor families. */
function cliCommand(url: string, filter: StripeEventFilter, mode: StripeMode = StripeMode.ALL): string {
  const types = typesToSelect(filter);
  const accepted = types.filter((type) => type === '*' || !/^v\d|\*$/.test(type));
  const events = accepted.map((type) => `-d "enabled_events[]=${type}"`).join(' ');
  const hints = [
    ...mode === StripeMode.ALL ? ['add --live for live mode'] : [],
    ...accepted.length < types.length ? ['the other event types need the Dashboard'] : [],
  ];
  const hint = hints.length > 0 ? ` (${hints.join('; ')})` : '';
  const live = mode === StripeMode.LIVE ? ' --live' : ''; // the commands of the CLI use test mode by default
  return accepted.length === 0 ? ''
    : `, or with the Stripe CLI${hint}: stripe webhook_endpoints create${live} -d url=${url} ${events}`;
}
