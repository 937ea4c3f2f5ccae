/**
 * Replaces `@smithy/core/event-streams` in the bundles (projenrc/bundle-handlers.ts).
 *
 * The SDK loads it for operations that stream. The handlers use none of them.
 */
export {};
