import type { typescript } from 'projen';

/** Returns the command that runs a TypeScript program. It does not check types; the task `typecheck` does. */
export function tsScript(project: typescript.TypeScriptProject, path: string, ...args: string[]): string {
  return ['ts-node --transpile-only --project', project.tsconfigDev.fileName, path, ...args].join(' ');
}
