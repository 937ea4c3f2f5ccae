import { setTimeout as sleep } from 'timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { BusEntry } from './runtime/bus-entry';
import { publisher } from './runtime/publisher';
import { webhookHandler } from './runtime/webhook-handler';
import { readWebhookSettings } from './runtime/webhook-settings';
import { CLIENT_LIMITS, SECRET_BUDGET_MS, WORK_BUDGET_MS } from '../../runtime/aws-client';
import { renderLog } from '../../runtime/log';
import { secretVersions } from '../../runtime/secret-versions';
import { signingSecrets } from '../../runtime/secrets';

const { webhook, eventBusArn, signingSecretArns, previousSecretMs } = readWebhookSettings(process.env);
const now = () => new Date();

const region = process.env.AWS_REGION;
const secretsManager = new SecretsManagerClient({ region, ...CLIENT_LIMITS });
const eventBridge = new EventBridgeClient({ region, ...CLIENT_LIMITS });

const readSecret = secretVersions({
  getSecretValue: (SecretId, VersionStage, abortSignal) =>
    secretsManager.send(new GetSecretValueCommand({ SecretId, VersionStage }), { abortSignal }),
  deadline: () => AbortSignal.timeout(SECRET_BUDGET_MS),
  now,
}, previousSecretMs);
const secrets = signingSecrets(signingSecretArns.map((arn) => () => readSecret(arn)), now);
secrets.prefetch();

const putEvents = ({ source, detailType, detail }: BusEntry, abortSignal: AbortSignal) =>
  eventBridge.send(new PutEventsCommand({
    Entries: [{
      EventBusName: eventBusArn,
      Source: source,
      DetailType: detailType,
      Detail: detail,
      TraceHeader: process.env._X_AMZN_TRACE_ID,
    }],
  }), { abortSignal });

/** Answers one delivery of Stripe. */
export const handler = webhookHandler(webhook, {
  secrets,
  publish: publisher({
    putEvents,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    random: Math.random,
  }),
  now,
  deadline: () => AbortSignal.timeout(WORK_BUDGET_MS),
  log: (line) => console.log(renderLog(line, process.env.AWS_LAMBDA_FUNCTION_NAME ?? '', now())),
});
