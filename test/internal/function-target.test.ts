import { App, Aspects, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Alarm, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import {
  Alias, CfnFunction, CfnPermission, Code, EventInvokeConfig, Function, type FunctionProps, type IFunction, Runtime,
  Version,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { QueuedFunction, StripeEventBridge, StripeEventFilter, StripeEventType } from '../../src';

/** Functions that a rule invokes itself. */

const ENV = { account: '111111111111', region: 'eu-west-1' };
const ARN = 'arn:aws:lambda:eu-west-1:111111111111:function:mine';

const functionIn = (stack: Stack, props: Partial<FunctionProps> = {}) => new Function(stack, 'Fn', {
  runtime: Runtime.NODEJS_22_X, handler: 'i.h', code: Code.fromInline('x'), ...props,
});
const ruleFor = (target: (stack: Stack) => IRuleTarget, env: object | undefined = ENV) => {
  const stack = new Stack(new App(), 'Test', { env });
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: target(stack) });
  return stack;
};
const direct = (fn: (stack: Stack) => IFunction, env?: object) =>
  ruleFor((stack) => new LambdaFunction(fn(stack)), env);
const warnings = (stack: Stack, text: string) => Annotations.fromStack(stack)
  .findWarning('*', Match.stringLikeRegexp(text)).map(({ entry }) => entry.data);
const permissions = (stack: Stack) => Object.keys(Template.fromStack(stack).findResources('AWS::Lambda::Permission'))
  .filter((id) => id.startsWith('StripePaid'));

const tokens: Record<string, (stack: Stack) => string> = {
  'an export': () => Fn.importValue('arn'),
  'a parameter': (stack) => new CfnParameter(stack, 'Arn').valueAsString,
};

describe('G6: an imported function as the target', () => {
  const unknown: Array<[string, (stack: Stack) => IFunction, object | undefined]> = [
    ...Object.entries(tokens).map(([what, arn]): [string, (stack: Stack) => IFunction, object | undefined] =>
      [`by ${what}`, (stack) => Function.fromFunctionArn(stack, 'Fn', arn(stack)), ENV]),
    ['by its ARN in a stack without env', (stack) => Function.fromFunctionArn(stack, 'Fn', ARN), {}],
    ['with a permission for another rule', (stack) => {
      const fn = Function.fromFunctionArn(stack, 'Fn', Fn.importValue('arn'));
      const other = new StripeEventBridge(stack, 'Other')
        .onEvent('Paid', { target: new SqsQueue(new Queue(stack, 'Queue')) });
      new CfnPermission(stack, 'Permission', {
        action: 'lambda:InvokeFunction',
        functionName: fn.functionArn,
        principal: 'events.amazonaws.com',
        sourceArn: other.rules[0].ruleArn,
      });
      return fn;
    }, ENV],
  ];

  test.each(unknown)('%s gives a warning that names the permission and the remedy', (_what, fn, env) => {
    const stack = direct(fn, env);
    expect(permissions(stack)).toEqual([]);
    expect(warnings(stack, 'imported-target')).toEqual([expect.stringContaining(
      'the policy of the imported target Test/Fn cannot be changed here; it must allow events.amazonaws.com to call ' +
      'lambda:InvokeFunction for the rule; use Function.fromFunctionAttributes with sameEnvironment: true if the ')]);
  });

  test('of a selection that needs several rules gives one warning', () => {
    const stack = new Stack(new App(), 'Test', { env: ENV });
    const { rules } = new StripeEventBridge(stack, 'Stripe').onEvent('Many', {
      target: new LambdaFunction(Function.fromFunctionArn(stack, 'Fn', Fn.importValue('arn'))),
      eventTypes: StripeEventFilter.of(...Object.values(StripeEventType).slice(0, 120)),
    });
    expect(rules.length).toBeGreaterThan(1);
    expect(warnings(stack, 'imported-target')).toHaveLength(1);
  });

  test.each<[string, (stack: Stack) => IFunction, object | undefined, number]>([
    ['by its ARN', (stack) => Function.fromFunctionArn(stack, 'Fn', ARN), ENV, 1],
    ['by its name', (stack) => Function.fromFunctionName(stack, 'Fn', 'mine'), {}, 1],
    ['with sameEnvironment', (stack) => Function.fromFunctionAttributes(stack, 'Fn', {
      functionArn: Fn.importValue('arn'), sameEnvironment: true,
    }), ENV, 1],
    ['as a version', (stack) => Version.fromVersionArn(stack, 'Fn', `${ARN}:3`), ENV, 1],
    ['with skipPermissions, which says that it has the permission', (stack) =>
      Function.fromFunctionAttributes(stack, 'Fn', { functionArn: Fn.importValue('arn'), skipPermissions: true }),
    ENV, 0],
    ['with a permission of the user', (stack) => {
      const fn = Function.fromFunctionArn(stack, 'Fn', Fn.importValue('arn'));
      new CfnPermission(stack, 'Permission', {
        action: 'lambda:InvokeFunction', functionName: fn.functionArn, principal: 'events.amazonaws.com',
      });
      return fn;
    }, ENV, 0],
  ])('%s gives no warning', (_what, fn, env, count) => {
    const stack = direct(fn, env);
    expect(permissions(stack)).toHaveLength(count);
    expect(warnings(stack, 'imported-target')).toEqual([]);
  });
});

describe('G15: a function as the target', () => {
  const alarmOn = (stack: Stack, fn: IFunction, metric = fn.metricErrors()) => {
    new Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
    return fn;
  };
  const queue = (stack: Stack) => new Queue(stack, 'Failed');
  const onFailure = (stack: Stack) => new SqsDestination(queue(stack));

  test.each<[string, (stack: Stack) => IFunction]>([
    ['alone', functionIn],
    ['with a destination for successes only', (stack) =>
      functionIn(stack, { onSuccess: new SqsDestination(queue(stack)) })],
    ['with an alarm on another metric', (stack) => {
      const fn = functionIn(stack);
      return alarmOn(stack, fn, fn.metricDuration());
    }],
    ['with an alarm on another function', (stack) => {
      alarmOn(stack, Function.fromFunctionName(stack, 'Other', 'other'));
      return functionIn(stack);
    }],
    ['as an alias, with a destination of the function itself', (stack) => new Alias(stack, 'Alias', {
      aliasName: 'live', version: functionIn(stack, { onFailure: onFailure(stack) }).currentVersion,
    })],
  ])('%s gives a warning, because its failures are silent', (_what, fn) => {
    expect(warnings(direct(fn), 'dropped-events')).toEqual([expect.stringMatching(
      /^Lambda drops an event for which Test\/(Fn|Alias) fails three times, and nothing in the app shows it; use new /,
    )]);
  });

  test.each<[string, (stack: Stack) => IFunction]>([
    ['with onFailure', (stack) => functionIn(stack, { onFailure: onFailure(stack) })],
    ['with onFailure of an EventInvokeConfig', (stack) => {
      const fn = functionIn(stack);
      new EventInvokeConfig(stack, 'Config', { function: fn, onFailure: onFailure(stack) });
      return fn;
    }],
    ['with a dead-letter queue', (stack) => functionIn(stack, { deadLetterQueue: queue(stack) })],
    ['with an alarm on Errors', (stack) => alarmOn(stack, functionIn(stack))],
    ['with an alarm on AsyncEventsDropped', (stack) => {
      const fn = functionIn(stack);
      return alarmOn(stack, fn, fn.metric('AsyncEventsDropped'));
    }],
    ['with an alarm on an expression of Errors', (stack) => {
      const fn = functionIn(stack);
      const metric = new MathExpression({ expression: 'e / 2', usingMetrics: { e: fn.metricErrors() } });
      new Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
      return fn;
    }],
    ['with an alarm of another stack', (stack) => {
      const fn = functionIn(stack);
      alarmOn(new Stack(stack.node.root as App, 'Alarms', { env: ENV }), fn);
      return fn;
    }],
    ['as an alias with onFailure', (stack) => new Alias(stack, 'Alias', {
      aliasName: 'live', version: functionIn(stack).currentVersion, onFailure: onFailure(stack),
    })],
    ['as an alias of a function with a dead-letter queue', (stack) => new Alias(stack, 'Alias', {
      aliasName: 'live', version: functionIn(stack, { deadLetterQueue: queue(stack) }).currentVersion,
    })],
    ['that is imported, and has its destinations elsewhere', (stack) => Function.fromFunctionName(stack, 'Fn', 'mine')],
  ])('%s gives no warning', (_what, fn) => {
    expect(warnings(direct(fn), 'dropped-events')).toEqual([]);
  });

  test('behind a queue gives no warning', () => {
    expect(warnings(ruleFor((stack) => new QueuedFunction(functionIn(stack))), 'dropped-events')).toEqual([]);
  });

  const DISABLED = /`target` must be a function that may run, got Test\/Fn with a reserved concurrency of 0; use at/;
  const forms: Array<[string, (fn: IFunction) => IRuleTarget]> = [
    ['LambdaFunction', (fn) => new LambdaFunction(fn)], ['QueuedFunction', (fn) => new QueuedFunction(fn)],
  ];

  test.each(forms)('of %s with a reserved concurrency of 0 fails synthesis', (_name, target) => {
    const reserving = (reservedConcurrentExecutions: number) => () => Template.fromStack(
      ruleFor((stack) => target(functionIn(stack, { reservedConcurrentExecutions }))));
    expect(reserving(0)).toThrow(DISABLED);
    expect(reserving(1)).not.toThrow();
  });

  test.each(forms)('of %s whose concurrency an Aspect sets to 0 fails synthesis', (_name, target) => {
    const stack = ruleFor((scope) => target(functionIn(scope)));
    Aspects.of(stack.node.findChild('Fn')).add({
      visit: (node) => { node instanceof CfnFunction && (node.reservedConcurrentExecutions = 0); },
    });
    expect(() => Template.fromStack(stack)).toThrow(DISABLED);
  });
});
