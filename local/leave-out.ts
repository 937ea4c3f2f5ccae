import { readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';

/** What MiniStack 1.5.33 refuses, and a whole deployment with it. A test asserts each that the example has, so that a fix there shows. */
const UNSUPPORTED_TYPES = ['AWS::Events::Archive', 'AWS::WAFv2::WebACLAssociation'];

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Metadata?: Record<string, string>;
}

/** Takes out of the templates of an assembly what the local AWS cannot deploy, and says what that was. The template tests hold it. */
export function leaveOut(assembly: string): string[] {
  return readdirSync(assembly).filter((name) => name.endsWith('.template.json')).flatMap((name) => {
    const path = join(assembly, name);
    const template = JSON.parse(readFileSync(path, 'utf8')) as { Resources: Record<string, Resource> };
    const unsupported = Object.entries(template.Resources).filter(([, resource]) => why(resource));
    unsupported.forEach(([id]) => delete template.Resources[id]);
    writeFileSync(path, JSON.stringify(template));
    return unsupported.map(([id, resource]) => `${resource.Metadata?.['aws:cdk:path'] ?? id}: ${why(resource)}`);
  });
}

function why({ Type, Properties }: Resource): string | undefined {
  if (UNSUPPORTED_TYPES.includes(Type)) {
    return Type;
  }
  const metrics = (Properties?.Metrics ?? []) as Array<{ Expression?: string }>;
  return Type === 'AWS::CloudWatch::Alarm' && metrics.some(({ Expression }) => Expression) ? `${Type} with metric math` : undefined;
}
