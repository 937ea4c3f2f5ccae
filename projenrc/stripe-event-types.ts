import { readFileSync } from 'fs';
import { join } from 'path';
import { Component, SourceCode, type Project } from 'projen';

const DECLARATIONS = 'node_modules/stripe/cjs/resources';
const ADAPT = 'adapt projenrc/stripe-event-types.ts';

/** Files that are generated. */
export interface StripeEventTypesPaths {
  /** `StripeEventType`, the enum of snapshot event types. */
  readonly enumPath: string;
  /** Names of the thin event types. */
  readonly thinPath: string;
  /** Snapshot event types that the webhook function knows. */
  readonly knownPath: string;
}

/**
 * Generates `StripeEventType`, the names of thin event types, and the event types that the webhook function knows.
 *
 * The source is the declarations of the installed `stripe` package.
 */
export class StripeEventTypes extends Component {
  constructor(project: Project, private readonly paths: StripeEventTypesPaths) {
    super(project);
  }

  public override preSynthesize() {
    const declared = (file: string) => readFileSync(join(this.project.outdir, DECLARATIONS, file), 'utf8');
    const names = eventTypes(declared('WebhookEndpoints.d.ts'));
    this.writeEnum(names, eventSummaries(declared('Events.d.ts')));
    this.writeThin(thinEventTypes(declared(join('V2', 'Core', 'Events.d.ts'))));
    this.writeKnown(names, apiVersion(declared(join('..', 'apiVersion.d.ts'))));
  }

  private writeEnum(names: string[], summaries: Map<string, string>) {
    const code = new SourceCode(this.project, this.paths.enumPath, { readonly: true });
    code.line(`// ${code.marker}`);
    code.line();
    code.line('/**');
    code.line(` * The ${names.length} snapshot event types that Stripe documents.`);
    code.line(' *');
    code.line(' * For one that is newer than this library, use `StripeEventFilter.named`. In other languages than');
    code.line(' * TypeScript, a member is not the text: a pattern of your own needs `invoice.paid`.');
    code.line(' *');
    code.line(' * @see https://docs.stripe.com/api/events/types');
    code.line(' */');
    code.open('export enum StripeEventType {');
    for (const name of names) {
      code.line(`/** ${summaries.get(name) ?? `The event \`${name}\`.`} */`);
      code.line(`${memberName(name)} = '${name}',`);
    }
    code.close('}');
  }

  /** Writes the names of thin types for the warning of unknown ones. An enum would be long, and rarely of use. */
  private writeThin(names: string[]) {
    const code = new SourceCode(this.project, this.paths.thinPath, { readonly: true });
    code.line(`// ${code.marker}`);
    code.line();
    code.line('/** Types of the thin events that Stripe documents. */');
    code.open('export const THIN_EVENT_TYPES: readonly string[] = [');
    names.forEach((name) => code.line(`'${name}',`));
    code.close('];');
  }

  /** Writes the same for the webhook function, which logs event types that it does not know. */
  private writeKnown(names: string[], version: string) {
    const code = new SourceCode(this.project, this.paths.knownPath, { readonly: true });
    code.line(`// ${code.marker}`);
    code.line();
    code.line('/** API version that declares these event types. */');
    code.line(`export const KNOWN_API_VERSION = '${version}';`);
    code.line();
    code.line('/** Snapshot event types that Stripe documents in that version. */');
    code.open('export const KNOWN_EVENT_TYPES: ReadonlySet<string> = new Set([');
    names.forEach((name) => code.line(`'${name}',`));
    code.close(']);');
  }
}

function apiVersion(declarations: string): string {
  const version = /ApiVersion = "([^"]+)"/.exec(declarations)?.[1];
  if (!version) {
    throw new Error(`stripe no longer declares ApiVersion in apiVersion.d.ts; ${ADAPT}`);
  }
  return version;
}

/** Returns the members of `WebhookEndpointCreateParams.EnabledEvent`, without the wildcard. */
function eventTypes(declarations: string): string[] {
  const union = /type EnabledEvent = ([^;]+);/.exec(declarations)?.[1];
  if (!union) {
    throw new Error(`stripe no longer declares EnabledEvent in WebhookEndpoints.d.ts; ${ADAPT}`);
  }
  return [...union.matchAll(/'([^']+)'/g)].map(([, name]) => name).filter((name) => name !== '*').sort();
}

/** Returns the types of all interfaces of thin events. */
function thinEventTypes(declarations: string): string[] {
  const names = [...declarations.matchAll(/\btype: '(v\d[^']+)';/g)].map(([, name]) => name);
  if (names.length === 0) {
    throw new Error(`stripe no longer declares thin events in V2/Core/Events.d.ts; ${ADAPT}`);
  }
  return [...new Set(names)].sort();
}

/** Returns the sentence with which Stripe documents each event type. */
function eventSummaries(declarations: string): Map<string, string> {
  const event = /\/\*\*\n \* ([^\n]+)\n \*\/\nexport interface \w+ extends EventBase \{\n\s+type: '([^']+)'/g;
  const events = [...declarations.matchAll(event)];
  return new Map(events.map(([, summary, name]) => [name, summary.replace(/\*\//g, '')]));
}

function memberName(type: string): string {
  return type.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}
