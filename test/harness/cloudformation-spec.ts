import { createRequire } from 'module';

/** Schemas of CloudFormation, as cloudformation-diff uses them: a source of facts that the library does not share. */

interface SpecResource {
  readonly primaryIdentifier?: readonly string[];
  readonly tagInformation?: unknown;
  readonly properties: Record<string, unknown>;
  readonly attributes: Record<string, unknown>;
}

interface SpecDatabase {
  lookup(entity: 'resource', index: 'cloudFormationType', kind: 'equals', type: string): { only(): SpecResource };
}

// a dependency of cloudformation-diff, not of this package
const requireOfDiff = createRequire(require.resolve('@aws-cdk/cloudformation-diff'));
const database: SpecDatabase = requireOfDiff('@aws-cdk/aws-service-spec').loadAwsServiceSpecSync();

/** Returns the schema of a type of resource. Fails for an unknown one. */
export function schemaOf(type: string): SpecResource {
  return database.lookup('resource', 'cloudFormationType', 'equals', type).only();
}
