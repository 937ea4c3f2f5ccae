import { setTimeout as sleep } from 'timers/promises';
import {
  defaultEndpointResolver as eventsEndpoint,
} from '@aws-sdk/client-eventbridge/dist-es/endpoint/endpointResolver';
import {
  defaultEndpointResolver as secretsEndpoint,
} from '@aws-sdk/client-secrets-manager/dist-es/endpoint/endpointResolver';
import { publisher, sampledTrace } from './runtime/publisher';
import { webhookHandler } from './runtime/webhook-handler';
import { readWebhookSettings } from './runtime/webhook-settings';
import { regionOf } from '../../runtime/arn';
import { SECRET_BUDGET_MS, WORK_BUDGET_MS } from '../../runtime/aws-client';
import { type JsonService, jsonService } from '../../runtime/aws-json';
import { requiredEnv } from '../../runtime/env';
import { renderLog } from '../../runtime/log';
import { secretVersions } from '../../runtime/secret-versions';
import { signingSecrets } from '../../runtime/secrets';

const EVENTS: JsonService = {
  signingName: 'events', target: 'AWSEvents', variable: 'EVENTBRIDGE', endpoint: eventsEndpoint,
};
const SECRETS: JsonService = {
  signingName: 'secretsmanager', target: 'secretsmanager', variable: 'SECRETS_MANAGER', endpoint: secretsEndpoint,
};

const { webhook, eventBusArn, signingSecretIds, previousSecretMs } = readWebhookSettings(process.env);
const now = () => new Date();
const clientFor = (service: JsonService, arnOrName: string) =>
  jsonService(service, regionOf(arnOrName) ?? requiredEnv('AWS_REGION', process.env), process.env);

const secrets = signingSecrets(signingSecretIds.map((SecretId) => {
  const call = clientFor(SECRETS, SecretId);
  return secretVersions({
    getSecretValue: (VersionStage, deadline) => call('GetSecretValue', { SecretId, VersionStage }, deadline),
    now,
  }, previousSecretMs);
}), { now, deadline: () => AbortSignal.timeout(SECRET_BUDGET_MS) });
secrets.prefetch();

const putEvents = clientFor(EVENTS, eventBusArn);

/** Answers one delivery of Stripe. */
export const handler = webhookHandler(webhook, {
  secrets,
  publish: publisher({
    putEvents: ({ source: Source, detailType: DetailType, detail: Detail }, deadline) => {
      const TraceHeader = sampledTrace(process.env._X_AMZN_TRACE_ID);
      return putEvents('PutEvents', {
        Entries: [{ EventBusName: eventBusArn, Source, DetailType, Detail, TraceHeader }],
      }, deadline);
    },
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    random: Math.random,
  }),
  now,
  deadline: () => AbortSignal.timeout(WORK_BUDGET_MS),
  log: (line) => process.stdout.write(renderLog(line, process.env, now())),
});
