import type { Invariant } from '../../internal/invariants';

/** Lets the endpoint invoke the function. */
export const ENDPOINT_PERMISSION: Invariant = {
  type: 'AWS::Lambda::Permission',
  property: 'principal',
  must: 'be apigateway.amazonaws.com, which invokes the function',
  test: (value) => value === 'apigateway.amazonaws.com',
};

/** Keeps the endpoint whose URL is registered in Stripe. */
export const defaultEndpoint = (type: string): Invariant => ({
  type,
  property: 'disableExecuteApiEndpoint',
  must: 'not be true, because the URL of the bridge is that endpoint',
  test: (value) => value !== true,
});

/** Keeps the stage that has no part in the URL. */
export const DEFAULT_STAGE: Invariant = {
  type: 'AWS::ApiGatewayV2::Stage',
  property: 'stageName',
  must: "be '$default', because the URL of the bridge has no other stage",
  test: (value) => value === '$default',
};

/** Keeps the routes of an API, which the import of an OpenAPI document replaces. */
export const NO_DOCUMENT: readonly Invariant[] = ['AWS::ApiGatewayV2::Api', 'AWS::ApiGateway::RestApi']
  .flatMap((type) => ['body', 'bodyS3Location'].map((property) => ({
    type,
    property,
    must: 'be absent, because API Gateway removes the route when it imports a document',
    isExact: true, // a document is often included by a function of CloudFormation
    test: (value) => value === undefined,
  })));
