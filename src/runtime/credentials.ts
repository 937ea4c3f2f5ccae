import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundles (projenrc/bundle-handlers.ts).
 *
 * Lambda passes the credentials of the role in the environment. SSO, profiles and metadata services do not exist there.
 */
export const defaultProvider = () => fromEnv();
