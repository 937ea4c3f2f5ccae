import { Annotations, Resource } from 'aws-cdk-lib';
import { CfnRoute, CfnStage, type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IConstruct } from 'constructs';
import { domainOfApi } from './url-of-api';
import { isSamePlace } from '../../internal/environment';
import { brokenInvariants } from '../../internal/invariants';

/** Route on an existing API. */
interface ExistingRoute {
  /** Path of the route. The default is `/`. */
  readonly path?: string;
  /** Public URL, if the user knows it. */
  readonly url?: string;
}

/** Checks an existing API when the app is complete: its routes, stages and domains may be created after the bridge. */
export function checkExistingApi(scope: IConstruct, api: IHttpApi, { path = '/', url }: ExistingRoute): void {
  scope.node.addValidation({
    validate: () => {
      const all = scope.node.root.node.findAll();
      warnOfManualDeployment(scope, api, all);
      const domain = url ? undefined : domainOfApi(api);
      const routes = all.filter((each): each is CfnRoute =>
        each instanceof CfnRoute && each.apiId === api.apiId && each.routeKey === `POST ${path}`
        && isSamePlace(scope, each));
      return [...domain ? brokenInvariants(domain) : [], ...problemsOfPath(scope, path, routes)];
    },
  });
}

/** API Gateway rejects the second of two routes with one path when it is deployed. */
function problemsOfPath(scope: IConstruct, path: string, routes: CfnRoute[]): string[] {
  return routes.filter(({ node }) => node.scope?.node.scope !== scope).map(({ node }) =>
    `\`path\` must be unique for the API, got '${path}', as ${node.path} has; use another path`);
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
