import fs, { chmodSync, cpSync, mkdtempSync, rmSync, type StatOptions } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { StripeEventBridge } from '../../src';

const ASSETS = join(__dirname, '..', '..', 'assets');
const { statSync } = fs;
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'assets-'));
  cpSync(ASSETS, copy, { recursive: true });
});

afterAll(() => rmSync(copy, { recursive: true }));

afterEach(() => jest.restoreAllMocks());

/** Creates a bridge with a table, whose handlers have the modes of the copies. */
function create(handler: string, mode: string): void {
  chmodSync(join(copy, handler, 'index.js'), mode);
  jest.spyOn(fs, 'statSync').mockImplementation(((path: string, options?: StatOptions) =>
    statSync(`${path}`.replace(ASSETS, copy), options)) as typeof statSync);
  try {
    new StripeEventBridge(new Stack(new App(), 'Test'), 'Stripe', { customerTable: {} });
  } finally {
    chmodSync(join(copy, handler, 'index.js'), 0o644);
  }
}

test.each([
  ['webhook', '600', 'Stripe/Webhook/Handler'], ['writer', '640', 'Stripe/CustomerTable/Writer'],
])('AA01: the handler %s with the mode %s, which Lambda cannot read, fails synthesis', (handler, mode, path) => {
  expect(() => create(handler, mode)).toThrow(`${join(ASSETS, handler, 'index.js')} must be readable by everyone, ` +
    `because Lambda runs it as another user, got the mode ${mode}; run chmod -R a+rX '${ASSETS}' (Test/${path})`);
});

test.each(['644', '755', '444', '664'])('AA01: the mode %s, which Lambda can read, is accepted', (mode) => {
  expect(() => create('webhook', mode)).not.toThrow();
});
