import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import Stripe from 'stripe';

/** Webhook that one would write in an hour. It is for comparison and never shipped. */

const eventBridge = new EventBridgeClient({});
const secretsManager = new SecretsManagerClient({});

export async function handler(event: { body: string; headers: Record<string, string> }) {
  const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: process.env.SECRET_ARN }));
  const stripeEvent = Stripe.webhooks.constructEvent(event.body, event.headers['stripe-signature'], SecretString!);
  await eventBridge.send(new PutEventsCommand({
    Entries: [{
      EventBusName: process.env.BUS,
      Source: 'stripe',
      DetailType: stripeEvent.type,
      Detail: JSON.stringify(stripeEvent),
    }],
  }));
  return { statusCode: 200 };
}
