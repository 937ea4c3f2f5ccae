import { Annotations, Stack } from 'aws-cdk-lib';
import { FunctionUrlAuthType, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { REGIONS_WITHOUT_FUNCTION_URLS } from './function-url-regions';
import { bindHttpApi } from './http-api';
import { bindRestApi } from './rest-api';
import type { StripeEndpointConfig, StripeHttpApiOptions, StripeRestApiOptions } from './stripe-endpoint-options';
import { keepInvariants } from '../../internal/invariants';

/** Endpoint that receives the requests of Stripe. */
export abstract class StripeEndpoint {
  /**
   * An HTTP API with one route, `POST /`.
   *
   * Bodies have at most 4.5 MB. Requests to other routes are answered with 404 and do not invoke the function.
   *
   * @param options path, domain, throttle and access log, or an existing API
   */
  public static httpApi(options: StripeHttpApiOptions = {}): StripeEndpoint {
    return new HttpApiEndpoint(options);
  }

  /**
   * A regional REST API. It costs more than an HTTP API and supports AWS WAF, resource policies and IP allow lists.
   *
   * @param options IP addresses, policy, web ACL, throttle and access log
   */
  public static restApi(options: StripeRestApiOptions = {}): StripeEndpoint {
    return new RestApiEndpoint(options);
  }

  /**
   * The URL of the function itself. It has no cost of its own, and its only throttle is the reserved concurrency of the
   * function.
   *
   * Every path and method reaches the function, so that every request costs an invocation. Some regions have no
   * function URLs. Synthesis warns if that of the stack is known to be one of them.
   */
  public static functionUrl(): StripeEndpoint {
    return new FunctionUrlEndpoint();
  }

  /**
   * Creates the endpoint and grants it permission to invoke the function.
   *
   * @param scope scope of the resources
   * @param webhookFunction function that answers the requests
   */
  public abstract bind(scope: Construct, webhookFunction: IFunction): StripeEndpointConfig;
}

class HttpApiEndpoint extends StripeEndpoint {
  constructor(private readonly options: StripeHttpApiOptions) {
    super();
  }

  public bind(scope: Construct, webhookFunction: IFunction): StripeEndpointConfig {
    return bindHttpApi(scope, webhookFunction, this.options);
  }
}

class RestApiEndpoint extends StripeEndpoint {
  constructor(private readonly options: StripeRestApiOptions) {
    super();
  }

  public bind(scope: Construct, webhookFunction: IFunction): StripeEndpointConfig {
    return bindRestApi(scope, webhookFunction, this.options);
  }
}

class FunctionUrlEndpoint extends StripeEndpoint {
  public bind(scope: Construct, webhookFunction: IFunction): StripeEndpointConfig {
    const { region } = Stack.of(scope);
    if (REGIONS_WITHOUT_FUNCTION_URLS.includes(region)) {
      Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:function-url-region',
        `function URLs are not available in ${region}; use StripeEndpoint.httpApi() or StripeEndpoint.restApi()`);
    }
    const functionUrl = webhookFunction.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
    keepInvariants(scope, functionUrl);
    return { url: functionUrl.url };
  }
}
