/**
 * Replacement of `console` by the Node.js runtime of Lambda, as `aws-lambda-ric` makes it when it starts.
 *
 * That package builds a native client when it is installed, so its effect is repeated here: the format wraps what is
 * logged, and the level drops what is below it.
 *
 * @see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/LogPatch.js
 */
const PROGRAM = `
import { format } from 'node:util';
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const lowest = LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL ?? 'TRACE');
const requestId = 'request-of-lambda';
const logger = (level) => (...parameters) => {
  const timestamp = new Date().toISOString();
  const message = parameters.length === 1 ? parameters[0] : format(...parameters);
  const line = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON'
    ? JSON.stringify({ timestamp, level, requestId, message })
    : [timestamp, requestId, level, format(...parameters)].join('\\t');
  process.stdout.write(line.replace(/\\n/g, '\\r') + '\\n');
};
LEVELS.forEach((level, index) => {
  console[level.toLowerCase()] = index >= lowest ? logger(level) : () => {};
});
console.log = console.info;
`;

/** Log format and application log level of a function, as an organization can set them. */
export interface LambdaLogging {
  readonly AWS_LAMBDA_LOG_FORMAT?: 'JSON' | 'Text';
  readonly AWS_LAMBDA_LOG_LEVEL?: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL';
}

/** Variables of a process that starts with the `console` of Lambda. */
export function lambdaConsole(logging: LambdaLogging): Record<string, string> {
  return { ...logging, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(PROGRAM)}` };
}
