/**
 * List prices of us-east-1 in US dollars, November 2026.
 *
 * The bus from AWS's pricing page, the rest second-hand: look them up before you rely on them.
 */
export const PRICES = {
  httpApiRequest: 1.00 / 1e6,
  lambdaRequest: 0.20 / 1e6,
  lambdaGbSecondArm: 0.0000133,
  lambdaGbSecondX86: 0.0000167,
  busEvent: 1.00 / 1e6,
  queueRequest: 0.40 / 1e6,
  writeUnit: 0.625 / 1e6,
  secretMonth: 0.40,
  secretCall: 5.00 / 1e6,
  alarmMonth: 0.10,
} as const;
