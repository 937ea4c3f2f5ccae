import { setTimeout as sleep } from 'timers/promises';
import {
  defaultEndpointResolver as eventsEndpoint,
} from '@aws-sdk/client-eventbridge/dist-es/endpoint/endpointResolver';
import {
  defaultEndpointResolver as secretsEndpoint,
} from '@aws-sdk/client-secrets-manager/dist-es/endpoint/endpointResolver';
import { publisher } from './runtime/publisher';
import { webhookHandler } from './runtime/webhook-handler';
import { readWebhookSettings } from './runtime/webhook-settings';
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

const { webhook, eventBusArn, signingSecretArns, previousSecretMs } = readWebhookSettings(process.env);
const now = () => new Date();
const region = requiredEnv('AWS_REGION', process.env);
const getSecretValue = jsonService(SECRETS, region, process.env);
const putEvents = jsonService(EVENTS, region, process.env);

const secrets = signingSecrets(signingSecretArns.map((SecretId) => secretVersions({
  getSecretValue: (VersionStage, deadline) => getSecretValue('GetSecretValue', { SecretId, VersionStage }, deadline),
  now,
}, previousSecretMs)), { now, deadline: () => AbortSignal.timeout(SECRET_BUDGET_MS) });
secrets.prefetch();

/** Answers one delivery of Stripe. */
export const handler = webhookHandler(webhook, {
  secrets,
  publish: publisher({
    putEvents: ({ source: Source, detailType: DetailType, detail: Detail }, deadline) => {
      const TraceHeader = process.env._X_AMZN_TRACE_ID;
      return putEvents('PutEvents', {
        Entries: [{ EventBusName: eventBusArn, Source, DetailType, Detail, TraceHeader }],
      }, deadline);
    },
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    random: Math.random,
  }),
  now,
  deadline: () => AbortSignal.timeout(WORK_BUDGET_MS),
  log: (line) => console.log(renderLog(line, process.env.AWS_LAMBDA_FUNCTION_NAME ?? '', now())),
});
