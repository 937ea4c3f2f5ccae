/** Endpoint rules of the generated clients. They have no public path. If they move, the build fails, and no function. */
declare module '@aws-sdk/client-eventbridge/dist-es/endpoint/endpointResolver' {
  export { defaultEndpointResolver } from '@aws-sdk/client-eventbridge/dist-types/endpoint/endpointResolver';
}

declare module '@aws-sdk/client-secrets-manager/dist-es/endpoint/endpointResolver' {
  export { defaultEndpointResolver } from '@aws-sdk/client-secrets-manager/dist-types/endpoint/endpointResolver';
}
