import { request as requestHttp, type RequestOptions } from 'http';
import { request as requestHttps } from 'https';

/** Answer of an endpoint. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Posts a JSON body. `options` names another server or host than that of the URL. */
export async function postJson(
  url: string, body: string, headers: Record<string, string>, options: RequestOptions & { servername?: string } = {},
): Promise<HttpAnswer> {
  const request = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    request(url, {
      method: 'POST',
      timeout: 20_000,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      ...options,
    }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    }).on('error', reject).end(body);
  });
}

/**
 * Posts to an endpoint on the local AWS. Some URLs have hosts of AWS, and the local AWS finds their API by the header
 * `Host`, which is one of its own for an API.
 */
export async function postLocally(
  endpoint: string, url: string, body: string, signature: string,
): Promise<HttpAnswer> {
  const { host, pathname } = new URL(url);
  const local = host.replace(/\.execute-api\..*$/, `.execute-api.localhost:${new URL(endpoint).port}`);
  return postJson(`${endpoint}${pathname}`, body, { 'host': local, 'stripe-signature': signature });
}
