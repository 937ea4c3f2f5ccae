import { Lazy } from 'aws-cdk-lib';
import {
  CfnApiMapping, CfnDomainName, CfnStage, DomainName, HttpApi, type IDomainName, type IHttpApi,
} from 'aws-cdk-lib/aws-apigatewayv2';
import type { IConstruct } from 'constructs';
import { fail } from '../../internal/validation';
import { resourceOf } from '../../monitoring/reference';

/**
 * Public URL of an existing HTTP API, without a slash at the end. Undefined if it cannot be known.
 *
 * A domain mapping of the API wins over its default endpoint, and the stage `$default` over another stage.
 */
export function urlOfApi(scope: IConstruct, httpApi: IHttpApi): string | undefined {
  const all = httpApi.node.root.node.findAll();
  const stages = all.filter((each): each is CfnStage => each instanceof CfnStage && each.apiId === httpApi.apiId);
  const stage = stages.find(({ stageName }) => stageName === '$default') ?? stages[0];
  const mapping = mappingOf(httpApi);
  if (mapping) {
    return urlOfDomain(scope, mapping.domainName, mapping.apiMappingKey);
  }
  if (httpApi instanceof HttpApi && (httpApi.disableExecuteApiEndpoint || !stage)) {
    return undefined;
  }
  const endpoint = apiEndpointOf(httpApi);
  return endpoint && stage ? `${endpoint}${pathOf(stage)}` : endpoint;
}

/** Part of a stage in a URL. An Aspect may change its name. */
function pathOf(stage: CfnStage): string {
  return Lazy.uncachedString({ produce: () => stage.stageName === '$default' ? '' : `/${stage.stageName}` });
}

/** Domain that an API of the app is mapped to. */
export function domainOfApi(httpApi: IHttpApi): IDomainName | undefined {
  const mapping = mappingOf(httpApi);
  return mapping && httpApi.node.root.node.findAll().find((each): each is DomainName =>
    each instanceof DomainName && each.name === mapping.domainName);
}

function mappingOf(httpApi: IHttpApi): CfnApiMapping | undefined {
  return httpApi.node.root.node.findAll().find((each): each is CfnApiMapping =>
    each instanceof CfnApiMapping && each.apiId === httpApi.apiId);
}

/** Public URL of a domain mapping, without a slash at the end. Fails for a wildcard, which is no host name. */
export function urlOfDomain(scope: IConstruct, domainName: string, mappingKey: string | undefined): string {
  const resource = resourceOf(domainName);
  const host = resource instanceof CfnDomainName ? resource.domainName : domainName;
  if (host.includes('*')) {
    fail(scope, `\`url\` is needed for the domain '${host}', which is no host name, got none; set url to the public ` +
      'URL of the route');
  }
  return [`https://${domainName}`, ...mappingKey ? [mappingKey] : []].join('/');
}

/** CDK throws for an API that is imported without its endpoint. */
function apiEndpointOf(httpApi: IHttpApi): string | undefined {
  try {
    return httpApi.apiEndpoint;
  } catch {
    return undefined;
  }
}
