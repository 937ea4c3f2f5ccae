import { Token } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IDomainName, IHttpApi, ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StripeSourceIps } from './stripe-source-ips';
import { SHARED_RULES } from '../../internal/shared-validation';
import { isPlainObject, LOG_RETENTION, options, type Rule, type Rules } from '../../internal/validation';
import { withoutUndefined } from '../../internal/without-undefined';
import { kindOf } from '../../stripe-event-filter/value-kind';

/** Result of `StripeEndpoint.bind`. */
export interface StripeEndpointConfig {
  /**
   * URL to register in Stripe.
   *
   * @default - not known
   */
  readonly url?: string;

  /**
   * HTTP API of the endpoint.
   *
   * @default - another kind of endpoint
   */
  readonly httpApi?: IHttpApi;

  /**
   * REST API of the endpoint.
   *
   * @default - another kind of endpoint
   */
  readonly restApi?: RestApi;

  /**
   * Whether an IP list, a resource policy or a web ACL can block requests before they reach the function. The rate of
   * 4xx answers of the REST API then has an alarm.
   *
   * @default false
   */
  readonly isRestricted?: boolean;
}

/** Options for the access log of API Gateway. It has no payload and no header. */
export interface StripeAccessLogOptions {
  /**
   * Retention of the log.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly retention?: RetentionDays;

  /**
   * Key that encrypts the log. Its policy is extended so that CloudWatch Logs can use it.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKey?: IKey;
}

/** Options that the endpoints of API Gateway share. */
export interface StripeApiOptions {
  /**
   * Rate and burst limit of the stage. A limit that is not set has its default. Stripe retries throttled requests.
   *
   * It keeps requests that Stripe did not sign from using the concurrency of the account.
   *
   * @default - 1,000 requests per second with a burst of 2,000
   */
  readonly throttle?: ThrottleSettings;

  /**
   * Access log: time, status, IP address, latency and gateway error of each request.
   *
   * For a REST API, the account needs the CloudWatch Logs role of API Gateway, one setting per region. Without it, the
   * deployment fails. Synthesis warns.
   *
   * @default - no access log
   */
  readonly accessLog?: StripeAccessLogOptions;
}

/** Options for an HTTP API. */
export interface StripeHttpApiOptions extends StripeApiOptions {
  /**
   * Existing HTTP API, to which the route is added.
   *
   * The route has no authorization, also if the API has a default authorizer. A stage without automatic deployment
   * serves the route only after you deploy it. Synthesis warns if an API of the app has no other stage.
   *
   * Fails synthesis together with `domainName`, `throttle` or `accessLog`, which are configured on your API, if another
   * route of the app has the same path, and for an API of the app that an OpenAPI document defines. API Gateway would
   * remove the route with the next import: put it into the document, and use a `StripeEndpoint` of your own.
   *
   * @default - a new API
   */
  readonly api?: IHttpApi;

  /**
   * Path of the route. It begins with `/` and has no variables. Two bridges cannot share a path of one API.
   *
   * @default '/'
   */
  readonly path?: string;

  /**
   * Custom domain of the new API. The default endpoint is then disabled, unless `keepDefaultEndpoint` is set.
   *
   * Fails synthesis for a domain with mutual TLS, because Stripe has no client certificate, and for a wildcard without
   * `url`.
   *
   * Recommended in production, because the URL that is registered in Stripe then survives a replacement of the API.
   *
   * @default - the default endpoint of the API
   */
  readonly domainName?: IDomainName;

  /**
   * First part of the path on the custom domain, so that several APIs can share it. It may have several segments.
   *
   * Fails synthesis without `domainName`, or if another API of the app has the same domain and key.
   *
   * @default - none; the API is the only one on the domain
   */
  readonly mappingKey?: string;

  /**
   * Whether the default endpoint of the API stays enabled beside the custom domain.
   *
   * Set it when you add `domainName` to a deployed stack. Remove it after you changed the URL in Stripe.
   *
   * @default false
   */
  readonly keepDefaultEndpoint?: boolean;

  /**
   * Public URL of the route, if it cannot be derived from the domain, or from the stage and domain mapping of `api`.
   *
   * @default - derived; not known for an API that is imported by its id
   */
  readonly url?: string;
}

/** Options for a REST API. */
export interface StripeRestApiOptions extends StripeApiOptions {
  /**
   * IP addresses that may call the API. The signature is verified all the same.
   *
   * Fails synthesis together with `policy`.
   *
   * @default - every IP address
   */
  readonly sourceIps?: StripeSourceIps;

  /**
   * Resource policy of the API. A request that no statement allows is denied, so that a list of denied IP addresses
   * needs a statement that allows everyone `execute-api:Invoke` as well.
   *
   * Fails synthesis if no statement allows requests without credentials and from outside a VPC, as those of Stripe are.
   *
   * @default - everyone may call the API, because the signature authenticates requests
   */
  readonly policy?: PolicyDocument;

  /**
   * ARN of a regional AWS WAF web ACL that protects the API.
   *
   * The rule `SizeRestrictions_BODY` of `AWSManagedRulesCommonRuleSet` blocks bodies over 8 KB. Many events of Stripe
   * are larger, so override that rule for this API. Also override rules that block hosting providers, bots or
   * countries, because Stripe calls from a cloud.
   *
   * @default - none
   */
  readonly webAclArn?: string;
}

const DEFAULT_THROTTLE: Required<ThrottleSettings> = { rateLimit: 1_000, burstLimit: 2_000 };

const isPositive = (value: unknown) => value === undefined
  || (typeof value === 'number' && (Token.isUnresolved(value) || (Number.isFinite(value) && value > 0)));
const isPositiveInteger = (value: unknown) => isPositive(value)
  && (value === undefined || Token.isUnresolved(value) || Number.isInteger(value));

const THROTTLE: Rule = {
  expected: 'an object with a rateLimit above zero and a whole burstLimit above zero',
  remedy: 'use { rateLimit: 1000, burstLimit: 2000 }',
  test: (value) => isPlainObject(value) && isPositive(value.rateLimit) && isPositiveInteger(value.burstLimit),
  show: (value) => isPlainObject(value)
    ? `{ rateLimit: ${kindOf(value.rateLimit)}, burstLimit: ${kindOf(value.burstLimit)} }` : kindOf(value),
};

/** Rules of the options of an access log. */
export const ACCESS_LOG_RULES: Rules<StripeAccessLogOptions> = {
  retention: LOG_RETENTION,
  encryptionKey: SHARED_RULES.encryptionKey,
};

/** Rules of the options that the endpoints of API Gateway share. */
export const API_RULES: Rules<StripeApiOptions> = {
  throttle: THROTTLE,
  accessLog: options('use { retention: RetentionDays.ONE_MONTH }'),
};

/** Throttle of a stage. A limit that is not set has its default. */
export function throttleOf({ throttle = {} }: StripeApiOptions): Required<ThrottleSettings> {
  return { ...DEFAULT_THROTTLE, ...withoutUndefined(throttle) };
}
