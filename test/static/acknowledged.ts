/** A finding that stays, where, and why that is right. */
export interface Acknowledgement {
  /** The rule, whichever pack says it. */
  readonly rule: RegExp;
  /** In the stack that sets nothing, in that of somebody with an auditor, or in both. */
  readonly stacks: ReadonlyArray<'Default' | 'Compliance'>;
  readonly reason: string;
  /** When that was judged. */
  readonly date: string;
}

const BOTH = ['Default', 'Compliance'] as const;
const PLAIN = ['Default'] as const;

export const ACKNOWLEDGED: Acknowledgement[] = [
  {
    rule: /APIG4$|api_gw_v2_authorization_type_configured_check/,
    stacks: BOTH,
    reason: 'Stripe cannot log in: the HMAC over the raw body, checked by the function before anything is parsed, is the authentication.',
    date: '2026-11-24',
  },
  {
    rule: /SQS3$|SQSRedrivePolicy$|sqs_dlq_check/,
    stacks: BOTH,
    reason: 'These queues are the end of the line: dead-letter queues and the quarantine. Their depth alarms, and they keep for 14 days.',
    date: '2026-11-24',
  },
  {
    rule: /EventBusDLQ$/,
    stacks: BOTH,
    reason: 'The rule of the quarantine leads to the quarantine itself, an encrypted queue; a second queue would fail in the same way. QuarantineFailed alarms.',
    date: '2026-11-24',
  },
  {
    rule: /LambdaDLQ$|CKV_AWS_116/,
    stacks: BOTH,
    reason: 'Neither function is invoked asynchronously: the webhook answers its caller, who sends again, and the writer\'s queue has a dead-letter queue.',
    date: '2026-11-24',
  },
  {
    rule: /LambdaEventSourceMappingDestination$/,
    stacks: BOTH,
    reason: 'The source is a queue, whose own redrive policy keeps what fails; destinations on failure are for streams.',
    date: '2026-11-24',
  },
  {
    rule: /LogGroupEncrypted$|log_group_encrypted_check|CKV_AWS_158/,
    stacks: BOTH,
    reason: 'CloudWatch Logs encrypts by itself; the lines hold event ids and decisions, no payload, no secret, nothing of the person.',
    date: '2026-11-24',
  },
  {
    rule: /log_group_retention_period_check/,
    stacks: BOTH,
    reason: 'A month by default, since the lines are for operation and not for audit; logRetention takes the year that this rule wants.',
    date: '2026-11-24',
  },
  {
    rule: /IAMNoInlinePolicy$/,
    stacks: BOTH,
    reason: 'CDK grants by inline policies: one role, one policy, which goes when the role goes. functionOptions.role takes a managed one.',
    date: '2026-11-24',
  },
  {
    rule: /CKV_AWS_173/,
    stacks: BOTH,
    reason: 'The environment holds ARNs, names and numbers, no secret; Lambda encrypts it by itself.',
    date: '2026-11-24',
  },
  {
    rule: /lambda_function_public_access_prohibited_check/,
    stacks: BOTH,
    reason: 'The permission is for API Gateway alone, and for one route of one API, by its SourceArn; the rule wants a SourceAccount beside it.',
    date: '2026-11-24',
  },
  {
    rule: /APIG1$|APIGWAccessLogging$|api_gw_v2_access_logs_enabled_check|CKV_AWS_95/,
    stacks: PLAIN,
    reason: 'The function logs each request with its decision; the access log is a prop, since it costs again and says less.',
    date: '2026-11-24',
  },
  {
    rule: /APIGWDefaultThrottling$/,
    stacks: PLAIN,
    reason: 'The account\'s own throttle holds; a lower default would refuse Stripe\'s bursts, and the right figure is the user\'s, by a prop.',
    date: '2026-11-24',
  },
  {
    rule: /LambdaTracing$/,
    stacks: PLAIN,
    reason: 'Tracing costs, and its permission has no resource to name: it is a prop, functionOptions.tracing.',
    date: '2026-11-24',
  },
  {
    rule: /LambdaConcurrency$|CKV_AWS_115/,
    stacks: PLAIN,
    reason: 'A reserved concurrency by default would turn bursts into refusals and take from the account\'s own: functionOptions has it.',
    date: '2026-11-24',
  },
  {
    rule: /LambdaInsideVPC$|lambda_inside_vpc_check|CKV_AWS_117/,
    stacks: PLAIN,
    reason: 'The functions talk to AWS services alone, over TLS; a VPC adds cost and ways to fail. functionOptions.vpc has it.',
    date: '2026-11-24',
  },
  {
    rule: /CloudWatchAlarmAction$|cloudwatch_alarm_action_check/,
    stacks: PLAIN,
    reason: 'Whom to tell only the user knows: alarms.actions takes it, and without it synthesis warns.',
    date: '2026-11-24',
  },
  {
    rule: /CKV_AWS_27/,
    stacks: PLAIN,
    reason: 'The queues are encrypted by SQS itself, which this rule does not see; encryptionKey makes it a key of the user\'s.',
    date: '2026-11-24',
  },
  {
    rule: /IAM4\[.*AWSLambdaVPCAccessExecutionRole\]$/,
    stacks: ['Compliance'],
    reason: 'CDK adds AWS\'s own policy for functions in a VPC, to make network interfaces, which have no name beforehand.',
    date: '2026-11-24',
  },
  {
    rule: /IAM5\[Resource::\*\]$/,
    stacks: ['Compliance'],
    reason: 'X-Ray\'s two write actions know no resource; the statement comes with functionOptions.tracing and with nothing else.',
    date: '2026-11-24',
  },
  {
    rule: /IAM5\[Action::kms:(ReEncrypt|GenerateDataKey)\*\]$/,
    stacks: ['Compliance'],
    reason: 'CDK\'s grant on one key, by its ARN: the two actions come in variants with and without plain text, which DynamoDB both uses.',
    date: '2026-11-24',
  },
  {
    rule: /kms_create_grant_aws_service_check/,
    stacks: ['Compliance'],
    reason: 'The key is the user\'s own in this example, with CDK\'s default policy, which gives the account the say; the library adds EventBridge alone.',
    date: '2026-11-24',
  },
  {
    rule: /^W3005$/,
    stacks: BOTH,
    reason: 'CDK writes a dependency that CloudFormation would see by itself: harmless, and CDK\'s.',
    date: '2026-11-24',
  },
];
