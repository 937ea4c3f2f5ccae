import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Takes the place of `@aws-sdk/credential-provider-node` in the bundles (projenrc/bundle-handlers.ts).
 *
 * Lambda hands its role's credentials over in the environment; SSO, profiles and metadata services do not exist there.
 */
export const defaultProvider = () => fromEnv();
