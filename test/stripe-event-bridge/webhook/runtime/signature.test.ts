import { findSigner, readSignatureHeader } from '../../../../src/stripe-event-bridge/webhook/runtime/signature';
import { digest, SECRET, stripeSignature } from '../../../harness/stripe';

const NOW = 1_764_000_000;
const BODY = '{"id":"evt_1"}';
const GOOD = digest(BODY, NOW);
const OTHER = digest(BODY, NOW, 'whsec_other');

interface Given {
  readonly body?: string | Uint8Array;
  readonly secrets?: string[];
  readonly tolerance?: number;
}

/** Returns `accepted` or the reason why not. */
function verdict(header: string | undefined, { body = BODY, secrets = [SECRET], tolerance = 300 }: Given = {}) {
  const read = readSignatureHeader(header, tolerance, new Date(NOW * 1000));
  if (!read.ok) {
    return read.reason;
  }
  const signer = findSigner(secrets.map((value) => ({ value })), read.value, Buffer.from(body));
  return signer ? 'accepted' : 'SignatureMismatch';
}

describe('a signature header', () => {
  test.each([
    ['accepted', 'what stripe-node signs', stripeSignature(BODY, { timestamp: NOW })],
    ['accepted', 'a digest that was made without stripe-node', `t=${NOW},v1=${GOOD}`],
    ['accepted', 'a second v1 that matches', `t=${NOW},v1=${OTHER},v1=${GOOD}`],
    ['accepted', 'a v1 before the time', `v1=${GOOD},t=${NOW}`],
    ['accepted', 'unknown schemes beside v1', `t=${NOW},v0=${OTHER},v2=x,v1=${GOOD}`],
    ['accepted', 'the same time twice', `t=${NOW},t=${NOW},v1=${GOOD}`],
    ['accepted', 'a bare v1 beside a valid one', `t=${NOW},v1,v1=${GOOD},v1=`],
    ['accepted', 'a 64-character v1 that is not hex beside a valid one', `t=${NOW},v1=${'é'.repeat(64)},v1=${GOOD}`],
    ['NoSignature', 'no header', undefined],
    ['NoSignature', 'an empty header', ''],
    ['MalformedSignature', 'no time', `v1=${GOOD}`],
    ['MalformedSignature', 'no v1', `t=${NOW}`],
    ['MalformedSignature', 'only a valid v0', `t=${NOW},v0=${GOOD}`],
    ['MalformedSignature', 'two different times', `t=${NOW},t=${NOW - 1},v1=${GOOD}`],
    ['MalformedSignature', 'characters after the time', `t=${NOW}abc,v1=${digest(BODY, `${NOW}abc`)}`],
    ['MalformedSignature', 'a time with leading zeros', `t=0${NOW},v1=${digest(BODY, `0${NOW}`)}`],
    ['MalformedSignature', 'a time with a plus', `t=+${NOW},v1=${digest(BODY, `+${NOW}`)}`],
    ['MalformedSignature', 'a time that is not a number, signed over NaN', `t=abc,v1=${digest(BODY, 'NaN')}`],
    ['MalformedSignature', 'a blank after the comma', `t=${NOW}, v1=${GOOD}`],
    ['MalformedSignature', 'upper-case hex', `t=${NOW},v1=${GOOD.toUpperCase()}`],
    ['MalformedSignature', 'a character before the v1 digest', `t=${NOW},v1=0${GOOD}`],
    ['MalformedSignature', 'a bare t beside a time', `t,t=${NOW},v1=${GOOD}`],
    ['MalformedSignature', 'characters after the v1 digest', `t=${NOW},v1=${GOOD}=tail`],
    ['SignatureMismatch', 'another secret', `t=${NOW},v1=${OTHER}`],
    ['OversizeSignature', '17 digests', `t=${NOW}${`,v1=${GOOD}`.repeat(17)}`],
    ['accepted', '16 digests', `t=${NOW}${`,v1=${OTHER}`.repeat(15)},v1=${GOOD}`],
    ['OversizeSignature', '4,097 bytes', `t=${NOW},v1=${GOOD},`.padEnd(4097, 'x')],
    ['accepted', '4,096 bytes', `t=${NOW},v1=${GOOD},`.padEnd(4096, 'x')],
  ])('the verdict is %s for a header with %s', (expected, _with, header) => {
    expect(verdict(header)).toBe(expected);
  });

  test.each([
    [-301, 'TimestampOutsideTolerance'],
    [-300, 'accepted'],
    [0, 'accepted'],
    [300, 'accepted'],
    [301, 'TimestampOutsideTolerance'],
  ])('the verdict for a header that was made %d s from now is %s', (offset, expected) => {
    const header = `t=${NOW + offset},v1=${digest(BODY, NOW + offset)}`;
    expect(verdict(header)).toBe(expected);
  });

  test('the age of a header is compared with the tolerance that is set', () => {
    const madeAt = (time: number) => `t=${time},v1=${digest(BODY, time)}`;
    expect(verdict(madeAt(NOW - 2), { tolerance: 1 })).toBe('TimestampOutsideTolerance');
    expect(verdict(madeAt(NOW - 3_600), { tolerance: 3_600 })).toBe('accepted');
  });
});

describe('the body', () => {
  const header = stripeSignature(BODY, { timestamp: NOW });

  test('a body that was changed by one byte is rejected', () => {
    expect(verdict(header, { body: `${BODY} ` })).toBe('SignatureMismatch');
  });

  test('a body with a byte order mark or invalid UTF-8 is verified as bytes', () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x7d]);
    expect(verdict(`t=${NOW},v1=${digest(bytes, NOW)}`, { body: bytes })).toBe('accepted');
  });

  test('a body is accepted if any of several secrets signed it, and never by a blank secret', () => {
    expect(verdict(header, { secrets: ['whsec_old', SECRET] })).toBe('accepted');
    expect(verdict(header, { secrets: [] })).toBe('SignatureMismatch');
    expect(verdict(`t=${NOW},v1=${digest(BODY, NOW, ' ')}`, { secrets: [' '] })).toBe('SignatureMismatch');
  });
});
