import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IDomainName, IHttpApi, ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StripeSourceIps } from './stripe-source-ips';

/** Result of `StripeEndpoint.bind`. */
export interface StripeEndpointConfig {
  /** URL to register in Stripe. */
  readonly url: string;

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
}

/** Options for the access log of API Gateway. It has no payload and no header. */
export interface StripeAccessLogOptions {
  /**
   * Retention of the log.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly retention?: RetentionDays;
}

/** Options that the endpoints of API Gateway share. */
export interface StripeApiOptions {
  /**
   * Rate and burst limit of the stage. Stripe retries throttled requests.
   *
   * @default - the limits of the account, 10,000 requests per second and a burst of 5,000 unless changed
   */
  readonly throttle?: ThrottleSettings;

  /**
   * Access log: time, status, IP address, latency and gateway error of each request.
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
   * Fails synthesis together with `domainName`, `throttle` or `accessLog`, which are configured on your API.
   *
   * @default - a new API
   */
  readonly api?: IHttpApi;

  /**
   * Path of the route. It begins with `/` and has no variables.
   *
   * @default '/'
   */
  readonly path?: string;

  /**
   * Custom domain of the new API. The default endpoint of the API is then disabled.
   *
   * Recommended in production, because the URL that is registered in Stripe then survives a replacement of the API.
   *
   * @default - the default endpoint of the API
   */
  readonly domainName?: IDomainName;
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
   * Resource policy of the API.
   *
   * @default - everyone may call the API, because the signature authenticates requests
   */
  readonly policy?: PolicyDocument;

  /**
   * ARN of a regional AWS WAF web ACL that protects the API.
   *
   * @default - none
   */
  readonly webAclArn?: string;
}
