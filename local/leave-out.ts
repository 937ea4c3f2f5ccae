import { readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';

/** Types for which MiniStack 1.5.33 rejects the whole deployment. A test fails once it supports one of them. */
const UNSUPPORTED_TYPES = ['AWS::Events::Archive', 'AWS::WAFv2::WebACLAssociation'];

/** Resource that the local AWS cannot deploy. */
export interface LeftOut {
  /** Construct path of the resource. */
  readonly path: string;
  /** Feature that is not supported. */
  readonly reason: string;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Metadata?: Record<string, string>;
}

/** Removes the resources from an assembly that the local AWS cannot deploy. The template tests cover those. */
export function leaveOut(assembly: string): LeftOut[] {
  return readdirSync(assembly).filter((name) => name.endsWith('.template.json')).flatMap((name) => {
    const path = join(assembly, name);
    const template = JSON.parse(readFileSync(path, 'utf8')) as { Resources: Record<string, Resource> };
    const leftOut = Object.entries(template.Resources).flatMap(([id, resource]) => {
      const reason = unsupportedFeature(resource);
      return reason ? [{ id, path: resource.Metadata?.['aws:cdk:path'] ?? id, reason }] : [];
    });
    leftOut.forEach(({ id }) => delete template.Resources[id]);
    writeFileSync(path, JSON.stringify(template));
    return leftOut.map(({ path: constructPath, reason }) => ({ path: constructPath, reason }));
  });
}

function unsupportedFeature({ Type, Properties }: Resource): string | undefined {
  if (UNSUPPORTED_TYPES.includes(Type)) {
    return Type;
  }
  const metrics = (Properties?.Metrics ?? []) as Array<{ Expression?: string }>;
  const hasMath = metrics.some(({ Expression }) => Expression);
  return Type === 'AWS::CloudWatch::Alarm' && hasMath ? `${Type} with metric math` : undefined;
}
