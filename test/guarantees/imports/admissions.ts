import { DynamoDBClient, PutResourcePolicyCommand as PutTablePolicy } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutPermissionCommand } from '@aws-sdk/client-eventbridge';
import { PutResourcePolicyCommand as PutSecretPolicy, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DeployedCell } from './arrivals';
import { configIn, query } from './local-account';

/** Policies that the warning about a resource of another account asks for. */

/** Returns a policy that allows every action. */
const policyOf = ({ mine }: DeployedCell) => JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Sid: 'Admitted', Effect: 'Allow', Principal: '*', Action: '*', Resource: mine.arn }],
});

async function admitToBus(cell: DeployedCell): Promise<void> {
  const events = new EventBridgeClient(configIn(cell.emulator, cell.mine.place));
  await events.send(new PutPermissionCommand({ EventBusName: cell.mine.name, Policy: policyOf(cell) }));
}

async function admitToSecret(cell: DeployedCell): Promise<void> {
  const secrets = new SecretsManagerClient(configIn(cell.emulator, cell.mine.place));
  await secrets.send(new PutSecretPolicy({ SecretId: cell.mine.arn, ResourcePolicy: policyOf(cell) }));
}

async function admitToTable(cell: DeployedCell): Promise<void> {
  const dynamo = new DynamoDBClient(configIn(cell.emulator, cell.mine.place));
  await dynamo.send(new PutTablePolicy({ ResourceArn: cell.mine.arn, Policy: policyOf(cell) }));
}

async function admitToTopic(cell: DeployedCell): Promise<void> {
  const action = { Action: 'SetTopicAttributes', Version: '2010-03-31', TopicArn: cell.mine.arn! };
  const attribute = { AttributeName: 'Policy', AttributeValue: policyOf(cell) };
  await query(cell.emulator, cell.mine.place, 'sns', { ...action, ...attribute });
}

/** What the owner of a resource does in another account. */
export const ADMISSIONS: Record<string, (cell: DeployedCell) => Promise<void>> = {
  'bus': admitToBus,
  'signing secret': admitToSecret,
  'additional signing secret': admitToSecret,
  'table': admitToTable,
  'topic of the alarms': admitToTopic,
  'target bus': admitToBus,
};
