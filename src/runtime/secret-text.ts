import { failure, type Result, success } from './result';

/**
 * A signing secret of Stripe. Without separators and quotes, so that two values in one text are not taken for one, and
 * without the dots of the placeholder `whsec_...`.
 */
const SIGNING_SECRET = /^(?!.+whsec_)whsec_[^\s,;'"`.\u0080-\uffff]+$/;

/** Reason why the text of a secret holds no signing secret. */
export type InvalidSecret = 'NoValue' | 'NotJson' | 'NotASecret';

/** Reads the signing secrets in the text of a secret: one value, quoted or not, or a JSON array or object of values. */
export function readSecretText(text: string | undefined): Result<readonly string[], InvalidSecret> {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') {
    return failure('NoValue');
  }
  const values = valuesOf(trimmed.replace(/^'(.*)'$/, '$1'));
  if (!values) {
    return failure('NotJson');
  }
  const secrets = values
    .map((value) => typeof value === 'string' ? value.trim() : '')
    .filter((value) => SIGNING_SECRET.test(value));
  return secrets.length > 0 ? success(secrets) : failure('NotASecret');
}

/** Undefined if the text looks like JSON and is malformed. */
function valuesOf(text: string): unknown[] | undefined {
  if (!/^[[{"]/.test(text)) {
    return [text];
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.values(value) : [value];
  } catch {
    return undefined;
  }
}
