import { CfnParameter, Duration, Fn, Lazy, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeAccount, StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeMode, StripeSourceIps,
} from 'cdk-stripe-eventbridge';

/** A secret of Stripe, as a user could write it by mistake. */
export const CANARY = `whsec_${'Canary0'.repeat(5)}`;

const aFunction = (stack: Stack) => new Function(stack, 'WrongFunction', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = () => {}'),
});

/** Values of other kinds, formats and sizes. Some of them are valid for some properties. */
export const VALUES: Record<string, (stack: Stack) => unknown> = {
  'null': () => null,
  'true': () => true,
  'false': () => false,
  'zero': () => 0,
  'a negative number': () => -1,
  'a fraction': () => 1.5,
  'a large number': () => 1e12,
  'NaN': () => NaN,
  'Infinity': () => Infinity,
  'a bigint': () => 10n,
  'a symbol': () => Symbol('wrong'),
  'an empty string': () => '',
  'a space': () => ' ',
  'a word': () => 'wrong',
  'a line break': () => 'a\nb',
  'a long string': () => 'x'.repeat(2_000),
  'a secret': () => CANARY,
  'an empty list': () => [],
  'a list of null': () => [null],
  'a list of a word': () => ['wrong'],
  'a list of a secret': () => [CANARY],
  'a list of an object': () => [{}],
  'a long list': () => Array.from({ length: 300 }, (_, index) => `item${index}`),
  'an empty object': () => ({}),
  'an object of a secret': () => ({ name: CANARY, value: CANARY, rateLimit: CANARY }),
  'an object without a prototype': () => Object.create(null),
  'a function': () => () => undefined,
  'a class': () => StripeEventBridge,
  'a date': () => new Date(0),
  'a map': () => new Map([['key', 'value']]),
  'a queue': (stack) => new Queue(stack, 'WrongQueue'),
  'a list of a queue': (stack) => [new Queue(stack, 'WrongQueue')],
  'a key': (stack) => new Key(stack, 'WrongKey'),
  'a bus': (stack) => new EventBus(stack, 'WrongBus'),
  'a secret as a construct': (stack) => new Secret(stack, 'WrongSecret'),
  'a list of a secret as a construct': (stack) => [new Secret(stack, 'WrongSecret')],
  'a role': (stack) => new Role(stack, 'WrongRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
  'a Lambda function': aFunction,
  'an HTTP API': (stack) => new HttpApi(stack, 'WrongApi'),
  'a stack': (stack) => stack,
  'a queue as a target': (stack) => new SqsQueue(new Queue(stack, 'WrongQueue')),
  'a function as a target': (stack) => new QueuedFunction(aFunction(stack)),
  'a runtime': () => Runtime.PYTHON_3_12,
  'a filter': () => StripeEventFilter.all(),
  'an account': () => StripeAccount.own(),
  'a mode': () => StripeMode.LIVE,
  'an endpoint': () => StripeEndpoint.functionUrl(),
  'IP addresses': () => StripeSourceIps.stripe(),
  'a removal policy': () => RemovalPolicy.SNAPSHOT,
  'no time': () => Duration.seconds(0),
  'a millisecond': () => Duration.millis(1),
  'a fraction of a second': () => Duration.millis(1_500),
  'a second': () => Duration.seconds(1),
  'a fraction of an hour': () => Duration.minutes(90),
  'an hour': () => Duration.hours(1),
  'a fraction of a day': () => Duration.hours(36),
  'a day': () => Duration.days(1),
  'a century': () => Duration.days(36_525),
  'a token for a string': () => Lazy.string({ produce: () => 'resolved' }),
  'a token for a number': () => Lazy.number({ produce: () => 500 }),
  'a token for a list': () => Lazy.list({ produce: () => ['resolved'] }),
  'a token': () => Lazy.any({ produce: () => ({}) }),
  'a parameter for a string': (stack) => new CfnParameter(stack, 'WrongString').valueAsString,
  'a parameter for a number': (stack) => new CfnParameter(stack, 'WrongNumber', { type: 'Number' }).valueAsNumber,
  'a parameter for a list': (stack) =>
    new CfnParameter(stack, 'WrongList', { type: 'CommaDelimitedList' }).valueAsList,
  'an imported value': () => Fn.importValue('shared'),
  'a list of a token': () => [Lazy.string({ produce: () => 'resolved' })],
  'a Duration of a token in seconds': () => Duration.seconds(Lazy.number({ produce: () => 60 })),
  'a Duration of a token in days': () => Duration.days(Lazy.number({ produce: () => 3 })),
};
