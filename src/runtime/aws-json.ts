import { recursionDetectionMiddleware } from '@aws-sdk/core/client';
import { AwsSdkSigV4Signer } from '@aws-sdk/core/httpAuthSchemes';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { Sha256 } from '@smithy/core/checksum';
import { loadJsonRpcErrorCode } from '@smithy/core/protocols';
import { retryMiddleware, StandardRetryStrategy } from '@smithy/core/retry';
import { HttpRequest, type HttpResponse } from '@smithy/core/transport';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import { SMITHY_CONTEXT_KEY } from '@smithy/types';
import { CLIENT_LIMITS } from './aws-client';

type Environment = Readonly<Record<string, string | undefined>>;

/** Parameters of the endpoint rules of the SDK. */
export type EndpointParameters = {
  readonly Region: string | undefined;
  readonly Endpoint: string | undefined;
  readonly UseFIPS: boolean;
  readonly UseDualStack: boolean;
};

/** AWS service with the JSON protocol. */
export interface JsonService {
  /** Name in signatures, such as `events`. */
  readonly signingName: string;
  /** Prefix of operations in `X-Amz-Target`, such as `AWSEvents`. */
  readonly target: string;
  /** Name in environment variables, such as `EVENTBRIDGE`. */
  readonly variable: string;
  /** Endpoint rules of the generated client. */
  readonly endpoint: (parameters: EndpointParameters) => { readonly url: URL };
}

/** Calls an operation. Rejects with an error that has the name of the error code. */
export type JsonCall = (operation: string, input: object, abortSignal: AbortSignal) => Promise<any>;

/**
 * Returns a client of a service in a region, made of the parts that the generated clients of the SDK consist of:
 * endpoint rules, signer, clock skew correction, retries, trace header and HTTP handler.
 *
 * A generated client does the same with twice the code, which every cold start has to load and to run. See
 * docs/decisions/0018-clients-from-parts-of-the-sdk.md.
 */
export function jsonService(service: JsonService, region: string, env: Environment): JsonCall {
  const { url } = service.endpoint(endpointParameters(service, region, env));
  const credentials = fromEnv();
  const signature = new SignatureV4({ region, service: service.signingName, credentials, sha256: Sha256 });
  const config = { signer: async () => signature, systemClockOffset: 0 }; // the signer keeps the offset
  const signer = new AwsSdkSigV4Signer();
  const http = new NodeHttpHandler(CLIENT_LIMITS.requestHandler);
  const retryStrategy = new StandardRetryStrategy(CLIENT_LIMITS.maxAttempts);
  const retries = { retryStrategy: async () => retryStrategy, maxAttempts: async () => CLIENT_LIMITS.maxAttempts };

  const attempt = async (request: HttpRequest, abortSignal: AbortSignal) => {
    const signing = { config, context: {}, signingName: service.signingName, signingRegion: region };
    try {
      const signed = await signer.sign(request, await credentials(), signing);
      const { response } = await http.handle(signed as HttpRequest, { abortSignal });
      const output = await readOutput(response);
      signer.successHandler(response, signing);
      return { response, output };
    } catch (error) {
      return signer.errorHandler(signing)(error as Error);
    }
  };

  return async (operation, input, abortSignal) => {
    const request = post(url, `${service.target}.${operation}`, Buffer.from(JSON.stringify(input)));
    const context = { [SMITHY_CONTEXT_KEY]: { abortSignal } };
    const tried = retryMiddleware(retries)(() => attempt(request, abortSignal), context);
    const { output } = await recursionDetectionMiddleware()(tried, context)({ input, request });
    return output;
  };
}

function post({ protocol, hostname, host, port, pathname }: URL, target: string, body: Buffer): HttpRequest {
  return new HttpRequest({
    method: 'POST',
    protocol,
    hostname,
    port: port ? Number(port) : undefined,
    path: pathname.replace(/\/?$/, '/'),
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'content-length': `${body.length}`,
      'x-amz-target': target,
    },
    body,
  });
}

/** Reads the variables that the generated clients read. */
function endpointParameters({ variable }: JsonService, region: string, env: Environment): EndpointParameters {
  const ignored = env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true';
  return {
    Region: region,
    Endpoint: ignored ? undefined : env[`AWS_ENDPOINT_URL_${variable}`] || env.AWS_ENDPOINT_URL || undefined,
    UseFIPS: env.AWS_USE_FIPS_ENDPOINT === 'true',
    UseDualStack: env.AWS_USE_DUALSTACK_ENDPOINT === 'true',
  };
}

async function readOutput(response: HttpResponse): Promise<any> {
  const { statusCode, headers } = response;
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) {
    chunks.push(chunk);
  }
  const facts = {
    $metadata: { httpStatusCode: statusCode, requestId: headers['x-amzn-requestid'] },
    $response: response, // the signer reads the clock of the service from it, and the retries the time to wait
  };
  const data = parsed(Buffer.concat(chunks).toString(), facts);
  if (statusCode < 300) {
    return { ...data, $metadata: facts.$metadata }; // to which the retries add their number
  }
  const name = loadJsonRpcErrorCode(response, data) ?? 'Unknown';
  throw Object.assign(new Error(data?.message ?? data?.Message ?? 'UnknownError'), { name, ...facts });
}

/** The page of a proxy is not JSON. */
function parsed(text: string, facts: object): any {
  try {
    return JSON.parse(text || '{}');
  } catch (error) {
    throw Object.assign(error as Error, facts);
  }
}
