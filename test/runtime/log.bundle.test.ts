import { spawnSync } from 'child_process';
import { startBundle } from '../harness/bundle';
import { lambdaConsole, type LambdaLogging } from '../harness/lambda-console';
import { startRecorder } from '../harness/recorder';
import { customerEvent, httpApiEvent, stripeEvent, stripeSignature } from '../harness/stripe';
import { ENV, startedWebhook } from '../harness/webhook-bundle';
import { message, WRITER } from '../harness/writer-bundle';

/** Lines of the built handlers under the `console` of Lambda, in every format and at every level. */

const LOGGING: LambdaLogging[] = [
  {},
  { AWS_LAMBDA_LOG_FORMAT: 'Text' },
  { AWS_LAMBDA_LOG_FORMAT: 'JSON' },
  ...(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const).map((AWS_LAMBDA_LOG_LEVEL): LambdaLogging =>
    ({ AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL })),
];
/** Level of a line for which the handler chooses one: never below that of the function, which Lambda would drop. */
const levelOf = ({ AWS_LAMBDA_LOG_LEVEL = 'TRACE' }: LambdaLogging, chosen: string) => {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
  return levels[Math.max(levels.indexOf(chosen), levels.indexOf(AWS_LAMBDA_LOG_LEVEL.toLowerCase()))];
};
const METRICS = { CloudWatchMetrics: expect.anything() };
const EVENT = JSON.stringify(stripeEvent());

/** Lines of an output. Each has to be JSON with the metrics at its root. */
const lines = (output: string) => output.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));

/** What a handler that logs with `console.log` would write. */
const withConsole = (logging: LambdaLogging) => spawnSync(
  process.execPath, ['-e', 'console.log(JSON.stringify({ _aws: {} }))'],
  { env: { ...process.env, ...lambdaConsole(logging) }, encoding: 'utf8' },
).stdout;

test('the console of Lambda wraps a line of metrics in JSON, and drops it at a level above INFO', () => {
  expect(JSON.parse(withConsole({ AWS_LAMBDA_LOG_FORMAT: 'JSON' })))
    .toMatchObject({ level: 'INFO', message: '{"_aws":{}}' });
  expect(withConsole({ AWS_LAMBDA_LOG_FORMAT: 'Text' })).toMatch(/^\S+\t\S+\tINFO\t{"_aws":{}}\n$/);
  expect(withConsole({ AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'WARN' })).toBe('');
});

test.each(LOGGING)('N04, G7: the webhook writes one line of metrics per request under %j', async (logging) => {
  const webhook = await startedWebhook({ ...ENV, ...lambdaConsole(logging) });
  await webhook.invoke(httpApiEvent(EVENT, stripeSignature(EVENT)));
  await webhook.invoke(httpApiEvent(EVENT, undefined));
  expect(lines(webhook.output())).toMatchObject([
    { level: levelOf(logging, 'info'), decision: 'Accepted', Accepted: 1, _aws: METRICS },
    { level: levelOf(logging, 'warn'), decision: 'Rejected', Rejected: 1, _aws: METRICS },
  ]);
  await webhook.stop();
});

test.each(LOGGING)('N04, G7: the writer writes one line of metrics per message under %j', async (logging) => {
  const dynamoDb = await startRecorder(() => ({ body: {} }));
  const writer = await startBundle('writer', {
    ...WRITER, ...lambdaConsole(logging), AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
  });
  await writer.invoke({ Records: [message(customerEvent('customer.created'))] });
  await writer.invoke({ Records: [{ messageId: 'm2', body: '{' }] });
  expect(lines(writer.output())).toMatchObject([
    { level: levelOf(logging, 'info'), decision: 'Written', Written: 1, _aws: METRICS },
    { level: levelOf(logging, 'error'), decision: 'WriteError', WriteError: 1, _aws: METRICS },
  ]);
  await Promise.all([writer.stop(), dynamoDb.stop()]);
});
