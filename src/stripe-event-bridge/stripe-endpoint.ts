import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IDomainName, IHttpApi, ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { bindFunctionUrl, bindHttpApi, bindRestApi } from './endpoint-bindings';

/** Where an endpoint can be reached. */
export interface StripeEndpointBinding {
  /** The address to register in Stripe. */
  readonly url: string;

  /**
   * The HTTP API in front.
   *
   * @default - another kind of endpoint
   */
  readonly api?: IHttpApi;

  /**
   * The REST API in front.
   *
   * @default - another kind of endpoint
   */
  readonly restApi?: RestApi;
}

/** How requests are logged by the gateway; no payload and no header is. */
export interface StripeAccessLogOptions {
  /**
   * How long the log is kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly retention?: RetentionDays;
}

/** What endpoints behind API Gateway have in common. */
export interface StripeApiOptions {
  /**
   * Requests a second and at once that the stage lets through; Stripe delivers the others again.
   *
   * @default - the account's limits, 10,000 a second and 5,000 at once unless changed
   */
  readonly throttle?: ThrottleSettings;

  /**
   * Log each request: time, status, address, latency and error of the gateway.
   *
   * @default - no access log
   */
  readonly accessLog?: StripeAccessLogOptions;
}

/** How the HTTP API is set up. */
export interface HttpApiEndpointOptions extends StripeApiOptions {
  /**
   * An API of yours, to which the route is added.
   *
   * Fails synthesis together with `domainName`, `throttle` or `accessLog`, which belong to the API's owner.
   *
   * @default - a new API
   */
  readonly api?: IHttpApi;

  /**
   * Path of the route. Begins with `/`; no variables.
   *
   * @default '/'
   */
  readonly path?: string;

  /**
   * A custom domain. The address that API Gateway gives is then switched off.
   *
   * Recommended in production: the address registered in Stripe stays when the API is replaced.
   *
   * @default - the address that API Gateway gives
   */
  readonly domainName?: IDomainName;
}

/** How the REST API is set up. */
export interface RestApiEndpointOptions extends StripeApiOptions {
  /**
   * Let in only the addresses that Stripe sends webhooks from, as this library knows them.
   *
   * Stripe changes them with seven days' notice: follow its mailing list, or name them by `sourceAddresses`.
   *
   * @default false
   * @see https://docs.stripe.com/ips
   */
  readonly onlyFromStripe?: boolean;

  /**
   * Let in only these addresses or ranges, such as `203.0.113.0/24`.
   *
   * Fails synthesis if the list is empty, or together with `policy`.
   *
   * @default - Stripe's with `onlyFromStripe`, else every address
   */
  readonly sourceAddresses?: string[];

  /**
   * Resource policy of the API.
   *
   * @default - everyone may call it; the signature decides
   */
  readonly policy?: PolicyDocument;

  /**
   * ARN of a regional web ACL of AWS WAF, to put in front.
   *
   * @default - none
   */
  readonly webAclArn?: string;
}

/** How Stripe's events come in. */
export abstract class StripeEndpoint {
  /**
   * An HTTP API with one route, `POST /`.
   *
   * It passes bodies of up to 4.5 MB and waits for the function; what is not that route gets 404 without invoking it.
   *
   * @param options path, domain, throttle and access log; or an API of yours
   */
  public static httpApi(options: HttpApiEndpointOptions = {}): StripeEndpoint {
    return new BoundEndpoint((scope, webhookFunction) => bindHttpApi(scope, webhookFunction, options));
  }

  /**
   * A regional REST API: dearer, and with AWS WAF, a resource policy and a list of addresses.
   *
   * @param options who may come in, throttle and access log
   */
  public static restApi(options: RestApiEndpointOptions = {}): StripeEndpoint {
    return new BoundEndpoint((scope, webhookFunction) => bindRestApi(scope, webhookFunction, options));
  }

  /**
   * The function's own URL: no cost of its own, and no throttle but the function's reserved concurrency.
   *
   * Every path and method reaches the function, and every request costs an invocation.
   */
  public static functionUrl(): StripeEndpoint {
    return new BoundEndpoint(bindFunctionUrl);
  }

  /**
   * Puts the endpoint in front of the function, and allows it to call the function.
   *
   * @param scope where the endpoint's resources are made
   * @param webhookFunction what it calls
   */
  public abstract bind(scope: Construct, webhookFunction: IFunction): StripeEndpointBinding;
}

class BoundEndpoint extends StripeEndpoint {
  constructor(private readonly binding: (scope: Construct, webhookFunction: IFunction) => StripeEndpointBinding) {
    super();
  }

  public bind(scope: Construct, webhookFunction: IFunction): StripeEndpointBinding {
    return this.binding(scope, webhookFunction);
  }
}
