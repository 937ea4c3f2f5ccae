import type { Duration } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { StripeEndpoint } from './endpoint/stripe-endpoint';
import type { StripeEventsOptions } from '../stripe-events/stripe-events-options';

/**
 * Properties for `StripeEventBridge`. All of them are optional.
 *
 * `eventTypes` and `mode` select the events that are published. Types that a table or `onEvent` needs are always added.
 * Other events are answered with 200 and counted as `Filtered`, so that Stripe does not retry them.
 */
export interface StripeEventBridgeProps extends StripeEventsOptions {
  /**
   * Bus that events are published to. Fails synthesis together with `eventBusName`.
   *
   * @default - a new bus
   */
  readonly eventBus?: IEventBus;

  /**
   * Name of the new bus: 1 to 256 letters, digits and `. - _`, unique in the account and region.
   *
   * A stack with a fixed name cannot be deployed twice. Fails synthesis together with `eventBus`.
   *
   * Another name replaces the bus. Rules of other stacks stay on the old bus until you deploy those stacks as well.
   *
   * @default - a name made of the names of the stack and of the construct
   */
  readonly eventBusName?: string;

  /**
   * Value of `source` of the published events, 1 to 240 characters.
   *
   * Fails synthesis if it begins with `aws.`, which EventBridge reserves for AWS.
   *
   * @default 'stripe.com'
   */
  readonly eventSource?: string;

  /**
   * Endpoint that receives the requests of Stripe.
   *
   * @default StripeEndpoint.httpApi()
   */
  readonly endpoint?: StripeEndpoint;

  /**
   * Secret that holds the signing secret of the endpoint: one `whsec_…` value, or a JSON array or object of them.
   *
   * The current version is accepted, and the previous one for `previousSecretLifetime`.
   *
   * @default - a new secret without a value; the output `NextStep` shows the command that stores it
   */
  readonly signingSecret?: ISecret;

  /**
   * Secrets with further signing secrets, such as that of a Connect endpoint or a test-mode endpoint with the same URL.
   *
   * At most 16 values are tried in total. Events of two accounts that are not connected cannot be told apart: both are
   * events of your own account. Use a bridge for each.
   *
   * @default - none
   */
  readonly additionalSigningSecrets?: ISecret[];

  /**
   * Time for which the previous version of a secret stays valid after a new one is stored.
   *
   * 0 to 7 days, in whole seconds. Set it to zero after a leak. Fails synthesis outside the range.
   *
   * @default - 24 hours and 5 minutes, because Stripe uses the old secret for at most 24 hours after a roll
   * @see https://docs.stripe.com/webhooks#roll-endpoint-secrets
   */
  readonly previousSecretLifetime?: Duration;

  /**
   * Maximum difference between the signature timestamp and the current time, in either direction.
   *
   * 1 to 3,600 whole seconds. Fails synthesis outside the range.
   *
   * @default Duration.minutes(5)
   * @see https://docs.stripe.com/webhooks#verify-manually
   */
  readonly tolerance?: Duration;

  /**
   * Whether a CloudWatch dashboard of the metrics is created.
   *
   * @default false
   */
  readonly dashboard?: boolean;
}
