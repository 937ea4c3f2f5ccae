import { HttpApi, HttpMethod, type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

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
}

/** How the HTTP API is set up. */
export interface HttpApiEndpointOptions {
  /**
   * Name of the API, as the console shows it.
   *
   * @default - the path of the construct
   */
  readonly apiName?: string;
}

/** How Stripe's events come in. */
export abstract class StripeEndpoint {
  /**
   * An HTTP API of its own with one route, `POST /`.
   *
   * It passes bodies of up to 4.5 MB and waits for the function; everything that is not that route gets 404 without invoking it.
   */
  public static httpApi(options: HttpApiEndpointOptions = {}): StripeEndpoint {
    return new HttpApiEndpoint(options);
  }

  /** Puts the endpoint in front of the function, and allows it to call the function. */
  public abstract bind(scope: Construct, webhookFunction: IFunction): StripeEndpointBinding;
}

class HttpApiEndpoint extends StripeEndpoint {
  constructor(private readonly options: HttpApiEndpointOptions) {
    super();
  }

  public bind(scope: Construct, webhookFunction: IFunction): StripeEndpointBinding {
    const api = new HttpApi(scope, 'Api', {
      apiName: this.options.apiName ?? scope.node.path,
      description: 'Receives Stripe events',
    });
    api.addRoutes({
      path: '/',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Webhook', webhookFunction),
    });
    return { api, url: `${api.apiEndpoint}/` };
  }
}
