import { SECRET } from '../test/harness/stripe';

/** Answers for EventBridge or Secrets Manager. Parsing the body would add to the time that the caller takes. */
export function awsAnswer(target: string, body: string): { readonly status: number; readonly body: object } {
  if (target.endsWith('.PutEvents')) {
    return { status: 200, body: { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] } };
  }
  return body.includes('AWSPREVIOUS')
    ? { status: 400, body: { __type: 'ResourceNotFoundException' } }
    : { status: 200, body: { SecretString: SECRET, CreatedDate: Date.now() / 1000 - 3_600 } };
}
