import { Annotations, Resource } from 'aws-cdk-lib';
import { CfnRoute, CfnStage, type HttpRoute, type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IConstruct } from 'constructs';
import { NO_DOCUMENT } from './endpoint-conditions';
import type { StripeHttpApiOptions } from './stripe-endpoint-options';
import { domainOfApi } from './url-of-api';
import { isSamePlace } from '../../internal/environment';
import { brokenInvariants } from '../../internal/invariants';
import { resourceOf } from '../../monitoring/reference';
import { quoted } from '../../stripe-event-filter/value-kind';

/** Conditions on an existing API. */
const HAS_ROUTES = NO_DOCUMENT.map((condition) => ({
  ...condition, remedy: 'put the route into the document, and use a StripeEndpoint of your own, or another API',
}));

/** Checks an existing API when the app is complete: its stages and domains may be created after the bridge. */
export function checkExistingApi(
  scope: IConstruct, api: IHttpApi, { url }: Pick<StripeHttpApiOptions, 'url'>,
): void {
  scope.node.addValidation({
    validate: () => {
      warnOfManualDeployment(scope, api, scope.node.root.node.findAll());
      const domain = url ? undefined : domainOfApi(api);
      const resource = resourceOf(api.apiId);
      return [...domain ? brokenInvariants(domain) : [], ...resource ? brokenInvariants(resource, HAS_ROUTES) : []];
    },
  });
}

/** Checks that no other route of an API has the path: API Gateway rejects the second one when it is deployed. */
export function checkRoute(scope: IConstruct, { httpApi, path, node }: HttpRoute): void {
  const own = node.defaultChild as CfnRoute;
  const isTaken = (each: IConstruct) => each instanceof CfnRoute && each !== own && each.apiId === httpApi.apiId
    && each.routeKey === own.routeKey && isSamePlace(scope, each);
  scope.node.addValidation({
    validate: () => scope.node.root.node.findAll().filter(isTaken).map((other) =>
      `\`path\` must be unique for the API, got ${quoted(path)}, as ${other.node.path} has; use another path`),
  });
}

/** A route is served only after a deployment, which a stage without automatic deployment does not have by itself. */
function warnOfManualDeployment(scope: IConstruct, api: IHttpApi, all: IConstruct[]): void {
  const stages = all.filter((each): each is CfnStage => each instanceof CfnStage && each.apiId === api.apiId);
  if (Resource.isOwnedResource(api) && !stages.some(({ autoDeploy }) => autoDeploy === true)) {
    Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:stage-without-auto-deploy',
      `no stage of ${api.node.path} deploys its routes by itself, so that Stripe is answered with 404; ` +
      'set autoDeploy on a stage, or create a CfnDeployment after the route and acknowledge this warning');
  }
}
