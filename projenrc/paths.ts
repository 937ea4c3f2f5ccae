/** Where the bundles are built, git-ignored and shipped. */
export const GENERATED_ASSETS = 'assets';
