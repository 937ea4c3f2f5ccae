/** Finding that is accepted, with the reason. */
export interface Acknowledgement {
  /** Names of the rule in all packs. */
  readonly rule: RegExp;
  /** Stacks in which it is accepted: without options, or with those that an auditor asks for. */
  readonly stacks: ReadonlyArray<'Default' | 'Compliance'>;
  /** Resources for which it is accepted, by path or logical id. The default is all resources. */
  readonly resource?: RegExp;
  readonly reason: string;
  /** Date of the decision. */
  readonly date: string;
}

const BOTH = ['Default', 'Compliance'] as const;
const PLAIN = ['Default'] as const;

export const ACKNOWLEDGED: Acknowledgement[] = [
  {
    rule: /APIG4$|api_gw_v2_authorization_type_configured_check/,
    stacks: BOTH,
    reason: 'Stripe cannot log in. The authentication is the HMAC over the raw body, which the function ' +
      'verifies before it parses anything.',
    date: '2026-11-24',
  },
  {
    rule: /SQS3$|SQSRedrivePolicy$|sqs_dlq_check/,
    stacks: BOTH,
    reason: 'Only a person reads dead-letter queues and the quarantine. They keep messages for 14 days and have an ' +
      'alarm on their depth.',
    date: '2026-11-26',
  },
  {
    rule: /LambdaDLQ$|CKV_AWS_116/,
    stacks: BOTH,
    reason: 'No function is invoked asynchronously. The webhook answers Stripe, which retries, and the queue ' +
      'of the writer has a dead-letter queue.',
    date: '2026-11-24',
  },
  {
    rule: /LambdaEventSourceMappingDestination$/,
    stacks: BOTH,
    reason: 'The source is a queue, whose redrive policy keeps what fails. Destinations on failure are for streams.',
    date: '2026-11-24',
  },
  {
    rule: /LogGroupEncrypted$|log_group_encrypted_check|CKV_AWS_158/,
    stacks: PLAIN,
    reason: 'CloudWatch Logs encrypts by default. The lines hold event ids and decisions, and no payload, ' +
      'secret or personal data. logEncryptionKey sets another key.',
    date: '2026-11-26',
  },
  {
    rule: /log_group_retention_period_check/,
    stacks: PLAIN,
    reason: 'The default is a month, because the lines are for operation and not for audit. logRetention can ' +
      'be the year that this rule requires.',
    date: '2026-11-26',
  },
  {
    rule: /IAMNoInlinePolicy$/,
    stacks: BOTH,
    reason: 'CDK grants by inline policies, which are deleted with their role. functionOptions.role accepts a ' +
      'role with managed policies.',
    date: '2026-11-24',
  },
  {
    rule: /CKV_AWS_173/,
    stacks: BOTH,
    reason: 'The environment holds ARNs, names and numbers, and no secret. Lambda encrypts it by default.',
    date: '2026-11-24',
  },
  {
    rule: /lambda_function_public_access_prohibited_check/,
    stacks: BOTH,
    reason: 'The permission is for API Gateway only, and for one route of one API, by its SourceArn. The rule ' +
      'requires a SourceAccount as well.',
    date: '2026-11-24',
  },
  {
    rule: /APIG1$|APIGWAccessLogging$|api_gw_v2_access_logs_enabled_check|CKV_AWS_95/,
    stacks: PLAIN,
    reason: 'The function logs each request with its decision. The access log is an option, because it costs ' +
      'more and says less.',
    date: '2026-11-24',
  },
  {
    rule: /LambdaTracing$/,
    stacks: PLAIN,
    reason: 'Tracing costs, and its permission supports no resource. It is an option, functionOptions.tracing.',
    date: '2026-11-24',
  },
  {
    rule: /LambdaConcurrency$|CKV_AWS_115/,
    stacks: PLAIN,
    reason: 'Reserved concurrency would throttle bursts and reduce the concurrency of the account. It is an ' +
      'option in functionOptions.',
    date: '2026-11-24',
  },
  {
    rule: /LambdaInsideVPC$|lambda_inside_vpc_check|CKV_AWS_117/,
    stacks: PLAIN,
    reason: 'The functions call only AWS services, over TLS. A VPC adds cost and ways to fail. It is an ' +
      'option, functionOptions.vpc.',
    date: '2026-11-24',
  },
  {
    rule: /CloudWatchAlarmAction$|cloudwatch_alarm_action_check/,
    stacks: PLAIN,
    reason: 'Only the user knows whom to notify. alarms.actions sets it, and synthesis warns if it is missing.',
    date: '2026-11-24',
  },
  {
    rule: /CKV_AWS_27/,
    stacks: PLAIN,
    reason: 'SQS encrypts the queues with its own keys, which this rule does not see. encryptionKey sets another key.',
    date: '2026-11-24',
  },
  {
    rule: /CKV_AWS_27/,
    stacks: ['Compliance'],
    resource: /StripeEventBusDeadLetterQueue/,
    reason: 'SQS encrypts this queue with its own key. It receives events, as ciphertext, when the key of the bus ' +
      'cannot be used, so it must not need that key.',
    date: '2026-11-26',
  },
  {
    rule: /IAM4\[.*AWSLambdaVPCAccessExecutionRole\]$/,
    stacks: ['Compliance'],
    reason: 'CDK adds a managed policy of AWS for functions in a VPC. Network interfaces have no name before ' +
      'they exist. ',
    date: '2026-11-24',
  },
  {
    rule: /IAM5\[Resource::\*\]$/,
    stacks: ['Compliance'],
    reason: 'The two write actions of X-Ray support no resource. Only functionOptions.tracing adds the statement.',
    date: '2026-11-24',
  },
  {
    rule: /IAM5\[Action::kms:(ReEncrypt|GenerateDataKey)\*\]$/,
    stacks: ['Compliance'],
    reason: 'CDK grants this on one key, by its ARN. The actions have variants with and without plain text, ' +
      'and DynamoDB uses both.',
    date: '2026-11-24',
  },
  {
    rule: /kms_create_grant_aws_service_check/,
    stacks: ['Compliance'],
    reason: 'The key belongs to the user and has the default policy of CDK, which delegates to the account. ' +
      'The library adds EventBridge and CloudWatch Logs only.',
    date: '2026-11-26',
  },
  {
    rule: /^W3005$/,
    stacks: BOTH,
    reason: 'CDK writes a dependency that CloudFormation finds by itself. It is harmless.',
    date: '2026-11-24',
  },
];
