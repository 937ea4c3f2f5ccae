import { EventEmitter } from 'events';
import https from 'https';
import { Readable } from 'stream';
import { SECRET } from '../test/support/stripe';

/** An `https.request` whose answer is there at once: what is left is the handler's own work. */
class AnsweredRequest extends EventEmitter {
  private readonly chunks: string[] = [];

  constructor(private readonly headers: Record<string, string>) {
    super();
  }

  public write(chunk: Uint8Array | string): boolean {
    this.chunks.push(Buffer.from(chunk as Uint8Array).toString());
    return true;
  }

  public end(chunk?: Uint8Array | string): this {
    if (chunk) {
      this.write(chunk);
    }
    queueMicrotask(() => {
      const [statusCode, body] = answerTo(this.headers['x-amz-target'], this.chunks.join(''));
      const response = Object.assign(Readable.from([Buffer.from(JSON.stringify(body))]), { statusCode, headers: {} });
      this.emit('response', response);
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

/** Takes the place of the network for handlers that are loaded after it. */
export function answerAwsInProcess(): void {
  https.request = ((options: { headers: Record<string, string> }, answered: (response: Readable) => void) =>
    new AnsweredRequest(options.headers).once('response', answered)) as unknown as typeof https.request;
}

function answerTo(target: string, body: string): [status: number, body: object] {
  if (target.endsWith('.PutEvents')) {
    return [200, { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] }];
  }
  return body.includes('AWSPREVIOUS')
    ? [400, { __type: 'ResourceNotFoundException' }]
    : [200, { SecretString: SECRET, CreatedDate: Date.now() / 1000 - 3_600 }];
}
