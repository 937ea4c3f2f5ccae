import { setTimeout as sleep } from 'timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeArchiveCommand, EventBridgeClient, PutEventsCommand, StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Stack } from 'aws-cdk-lib';
import type { DeployedStack } from './account';
import { expectDelivery } from './stacks';
import { postJson } from '../../local/post';
import { METRIC_NAMESPACE } from '../../src/monitoring/contract';
import { customerEvent, stripeEvent, stripeSignature } from '../harness/stripe';

/** What a step needs beside its deployed app. */
export interface Context {
  /** Stack of somebody else. */
  readonly others?: DeployedStack;
  /** Updates the app. */
  readonly update: (build: (stack: Stack) => void) => Promise<DeployedStack>;
}

/** Shows on AWS what a step promises. */
export type Check = (app: DeployedStack, context: Context) => Promise<void>;

const yes = (condition: boolean) => condition || undefined;

/** The queue of each bridge gets an event. */
export const delivers = (...ids: string[]): Check => (app) => expectDelivery(app, ids);

/** N04. */
export const metricsArrive: Check = async (app) => {
  await expectDelivery(app);
  await app.until('metric Verified', async () =>
    yes((await app.dimensionsOf(METRIC_NAMESPACE, 'Verified')).some((each) =>
      each.includes(app.idOf('StripeWebhookHandlerFunction')))), 30);
  expect(await app.stateOf('StripeWebhookAlarmsNothingVerified')).not.toBe('ALARM');
};

/** N05. */
export const unencryptedEventsAreKept: Check = async (app) => {
  await expectDelivery(app);
  const kms = new KMSClient(app.access.clientConfig);
  const events = new EventBridgeClient(app.access.clientConfig);
  const Entries = [{ EventBusName: app.outputs.Bus, Source: 'stripe.com', DetailType: 'invoice.paid', Detail: '{}' }];
  await kms.send(new DisableKeyCommand({ KeyId: app.outputs.Key }));
  try {
    await app.until('alarm BusDlqDepth', async () => {
      await events.send(new PutEventsCommand({ Entries }));
      return yes(await app.stateOf('StripeEventBusAlarmsBusDlqDepth') === 'ALARM');
    }, 30);
  } finally {
    await kms.send(new EnableKeyCommand({ KeyId: app.outputs.Key }));
  }
  const message = await app.until('message', () => app.receive(app.idOf('StripeEventBusDeadLetterQueue')));
  expect(message).toMatchObject({ 'source': 'aws.events', 'detail-type': 'Encrypted Events' });
};

/** N23: takes from each target and its dead-letter queue the policy that admits EventBridge. */
export const alarmsOfRulesFire = (ids: string[]): Check => async (app) => {
  await expectDelivery(app, ids);
  const sqs = new SQSClient(app.access.clientConfig);
  for (const id of ids) {
    for (const QueueUrl of [app.outputs[`${id}Queue`], app.idOf(`${id}AllDeadLetterQueue`)]) {
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: '' } }));
    }
    await app.until(`alarm DlqDeliveryFailed of ${id}`, async () => {
      await app.post(app.outputs[`${id}Url`], { id: `evt_${Date.now()}` });
      return yes(await app.stateOf(`${id}AllAlarmsDlqDeliveryFailed`) === 'ALARM');
    }, 30);
  }
};

/** N24. */
export const otherRegionGetsEvents: Check = async (app, { others }) => {
  await app.storeSecret(app.outputs.StripeSecret);
  const event = await app.until('event in the other region', async () => {
    const { status } = await app.post(app.outputs.StripeUrl, { id: `evt_${Date.now()}` });
    return status === 200 ? others!.receive(others!.outputs.Queue) : undefined;
  });
  expect(event.region).toBe(others!.access.clientConfig.region);
};

/** N41: asks the regional name of the domain, because no record of the domain exists. */
export const domainIsShared = (ids: string[]): Check => async (app) => {
  for (const id of ids) {
    await app.storeSecret(app.outputs[`${id}Secret`]);
    const message = await app.until(`event under the domain, ${id}`, async () => {
      const url = app.outputs[`${id}Url`];
      const { host } = new URL(url);
      const body = JSON.stringify(stripeEvent({ id: `evt_${Date.now()}` }));
      const headers = { host, 'stripe-signature': stripeSignature(body) };
      const { status } = await postJson(url, body, headers, { host: app.outputs.Regional, servername: host });
      return status === 200 ? app.receive(app.outputs[`${id}Queue`]) : undefined;
    });
    expect(message['detail-type']).toBe('invoice.paid');
  }
};

/** N49. */
export const eventsAndCustomersArrive: Check = async (app) => {
  await expectDelivery(app);
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(app.access.clientConfig));
  const Key = { pk: 'self#test#customer#cus_1' };
  const get = new GetCommand({ TableName: app.idOf('StripeCustomerTable'), Key });
  const customer = customerEvent('customer.created');
  await app.until('row', async () => {
    await app.post(app.outputs.StripeUrl, customer);
    return (await table.send(get)).Item;
  });
};

/** N51. */
export const otherBusGetsEvents: Check = async (app) => {
  await app.storeSecret(app.outputs.StripeSecret);
  const event = await app.untilDelivered(app.outputs.StripeUrl, app.outputs.OtherQueue);
  expect(event['detail-type']).toBe('invoice.paid');
};

/** N55. */
export const largeEventIsBlocked: Check = async (app) => {
  await expectDelivery(app, ['Blocked', 'Admitted']);
  const large = { data: { object: { id: 'in_1', object: 'invoice', note: 'x'.repeat(20_000) } } };
  await app.until('403 of the web ACL', async () =>
    yes((await app.post(app.outputs.BlockedUrl, { id: `evt_${Date.now()}`, ...large })).status === 403));
  const event = await app.untilDelivered(app.outputs.AdmittedUrl, app.outputs.AdmittedQueue, large);
  expect(event.detail.data).toEqual(large.data);
};

/** N61. */
export const depthAlarmStays: Check = async (app) => {
  const MessageBody = JSON.stringify(stripeEvent());
  const QueueUrl = app.idOf('StripeAllDeadLetterQueue');
  await new SQSClient(app.access.clientConfig).send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await app.until('alarm DlqDepth', async () => yes(await app.stateOf('StripeAllAlarmsDlqDepth') === 'ALARM'), 30);
  await sleep(Number(process.env.AWS_TEST_HOURS) * 3_600_000);
  expect(await app.stateOf('StripeAllAlarmsDlqDepth')).toBe('ALARM');
};

/** N63. */
export const archiveSurvivesKey = (without: (stack: Stack) => void): Check => async (app, { update }) => {
  await expectDelivery(app);
  const events = new EventBridgeClient(app.access.clientConfig);
  const ArchiveName = app.idOf('StripeArchive');
  const { ArchiveArn, CreationTime } = await app.until('archived event', async () => {
    const archive = await events.send(new DescribeArchiveCommand({ ArchiveName }));
    return archive.EventCount ? archive : undefined;
  }, 60);
  const updated = await update(without);
  await expectDelivery(updated);
  await events.send(new StartReplayCommand({
    ReplayName: ArchiveName.slice(-50),
    EventSourceArn: ArchiveArn,
    EventStartTime: CreationTime,
    EventEndTime: new Date(),
    Destination: { Arn: updated.outputs.Bus },
  }));
  await updated.until('replayed event', async () => {
    const event = await updated.receive(updated.outputs.StripeQueue);
    return event?.['replay-name'];
  }, 30);
};
