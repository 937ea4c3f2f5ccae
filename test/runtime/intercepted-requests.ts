import { EventEmitter } from 'events';
import http from 'http';
import https from 'https';
import { Readable } from 'stream';

/** Request that a client handed to Node.js. */
export interface InterceptedRequest {
  readonly protocol: 'http:' | 'https:';
  readonly host: string;
  readonly port: number | undefined;
  readonly path: string;
  readonly method: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answer to an intercepted request. */
export interface InterceptedAnswer {
  readonly status?: number;
  readonly body: object;
}

type Answering = (request: InterceptedRequest) => InterceptedAnswer;
type RequestOptions = Pick<InterceptedRequest, 'host' | 'port' | 'path' | 'method' | 'headers'>;

/** Request without a connection. Its answer arrives at once. */
class AnsweredRequest extends EventEmitter {
  private readonly chunks: Buffer[] = [];

  constructor(private readonly options: RequestOptions, private readonly answer: (body: string) => InterceptedAnswer) {
    super();
  }

  public getHeader(name: string): string | undefined {
    return this.options.headers[name];
  }

  public write(chunk: Uint8Array | string): boolean {
    this.chunks.push(Buffer.from(chunk as Uint8Array));
    return true;
  }

  public end(chunk?: Uint8Array | string): this {
    if (chunk) {
      this.write(chunk);
    }
    queueMicrotask(() => {
      const { status = 200, body } = this.answer(Buffer.concat(this.chunks).toString());
      const response = Readable.from([Buffer.from(JSON.stringify(body))]);
      this.emit('response', Object.assign(response, { statusCode: status, headers: {} }));
    });
    return this;
  }

  public setTimeout(): this {
    return this;
  }

  public destroy(): this {
    return this;
  }
}

/** Takes the place of the network for code that is loaded afterwards. Returns a function that undoes it. */
export function interceptRequests(answer: Answering): () => void {
  const undo = ([['http:', http], ['https:', https]] as const).map(([protocol, module]) => {
    const { request: real } = module;
    const request = (options: RequestOptions, answered: (response: Readable) => void) => {
      const { host, port, path, method } = options;
      const headers = Object.fromEntries(
        Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value]));
      return new AnsweredRequest(options, (body) => answer({ protocol, host, port, path, method, headers, body }))
        .once('response', answered);
    };
    Object.assign(module, { request });
    return () => Object.assign(module, { request: real });
  });
  return () => undo.forEach((each) => each());
}
