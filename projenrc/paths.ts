/** Folder of the bundles. Git ignores it, and the package contains it. */
export const GENERATED_ASSETS = 'assets';
