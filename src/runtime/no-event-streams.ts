/**
 * Takes the place of `@smithy/core/event-streams` in the bundles (projenrc/bundle-handlers.ts): the SDK loads it for operations that
 * stream, which none of ours does.
 */
export {};
