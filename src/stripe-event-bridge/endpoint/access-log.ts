import { Aws, Names, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ACCESS_LOG_RULES, type StripeAccessLogOptions } from './stripe-endpoint-options';
import { allowLogs, keyBehind } from '../../internal/encryption-key';
import { validate } from '../../internal/validation';

/** Format of the access log, without path, query, header and body, which could hold data. */
export const ACCESS_LOG_FORMAT = AccessLogFormat.custom(JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  status: '$context.status',
  ip: '$context.identity.sourceIp',
  latency: '$context.responseLatency',
  error: '$context.error.message',
}));

/** Creates the log group of the access log. */
export function accessLogGroup(scope: Construct, accessLog: StripeAccessLogOptions): LogGroup {
  validate(scope, accessLog, ACCESS_LOG_RULES);
  const { retention } = accessLog;
  const encryptionKey = keyBehind(accessLog.encryptionKey);
  encryptionKey && allowLogs(encryptionKey, scope);
  return new LogGroup(scope, 'AccessLogs', {
    // below this prefix, API Gateway does not add each log group to a resource policy, whose size is limited
    logGroupName: `/aws/vendedlogs/apis/${Aws.STACK_NAME}-${Names.uniqueResourceName(scope, { maxLength: 128 })}`,
    retention: retention ?? RetentionDays.ONE_MONTH,
    encryptionKey,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
