import { CELLS } from './cells';
import { ORIGINS, type Origin } from './subjects';

/** Cells that the local AWS cannot show. The full run fails for one that it can show. */

/** Gap of MiniStack 1.5.33. */
export interface Gap {
  readonly reason: string;
  /** Text of the failure that it causes. */
  readonly failure: RegExp;
}

const NOTHING = /nothing arrived/;
const FOREIGN_ACCOUNT: Origin[] = ['other account', 'ARN of another account'];

/** Gaps, with the cells that they affect. */
export const GAPS: ReadonlyArray<[name: string, origins: readonly Origin[], gap: Gap]> = [
  ['bus', FOREIGN_ACCOUNT, { reason: 'PutEvents does not reach a bus of another account', failure: /503/ }],
  ...['signing secret', 'additional signing secret'].map((name): [string, Origin[], Gap] => [
    name, FOREIGN_ACCOUNT, { reason: 'GetSecretValue does not find a secret of another account', failure: /503/ },
  ]),
  ['key', ['by name'], { reason: 'the CDK CLI looks the key up before synthesis', failure: /1234abcd-12ab/ }],
  ['table', FOREIGN_ACCOUNT, { reason: 'DynamoDB does not find a table of another account', failure: NOTHING }],
  ['VPC', ORIGINS, { reason: 'no AWS::EC2::EIP and no AWS::EC2::NatGateway', failure: /AWS::EC2::NatGateway/ }],
  ['dead-letter queue of a target', ORIGINS, {
    reason: 'EventBridge drops what it cannot deliver', failure: NOTHING,
  }],
  ['topic of the alarms', FOREIGN_ACCOUNT, {
    reason: 'CloudWatch does not reach a topic of another account', failure: NOTHING,
  }],
  ['target bus', [...FOREIGN_ACCOUNT, 'other region', 'ARN of another region'], {
    reason: 'EventBridge does not deliver to a bus of another account or region', failure: NOTHING,
  }],
];

/** Returns why the local AWS cannot show a cell. Undefined for one that it can show. */
export function gapOf(name: string, origin: Origin): Gap | undefined {
  return GAPS.find(([each, origins]) => each === name && origins.includes(origin))?.[2];
}

/** Every cell in which a resource can be used. */
export const USABLE = Object.entries(CELLS).flatMap(([name, row]) => ORIGINS
  .filter((origin) => row[origin].kind === 'works' || row[origin].kind === 'warns')
  .map((origin) => [name, origin] as const));

/** Cells that are deployed. */
export const DEPLOYED = USABLE.filter(([name, origin]) => !gapOf(name, origin));
