import { readFileSync } from 'fs';
import { join } from 'path';
import { Component, SourceCode, type Project } from 'projen';

const DECLARATIONS = 'node_modules/stripe/cjs/resources';
const ADAPT = 'adapt projenrc/stripe-event-types.ts';

/**
 * Generates `StripeEventType` and the event types that the webhook function knows.
 *
 * The source is the declarations of the installed `stripe` package.
 */
export class StripeEventTypes extends Component {
  constructor(project: Project, private readonly enumPath: string, private readonly knownPath: string) {
    super(project);
  }

  public override preSynthesize() {
    const declared = (file: string) => readFileSync(join(this.project.outdir, DECLARATIONS, file), 'utf8');
    const names = eventTypes(declared('WebhookEndpoints.d.ts'));
    this.writeEnum(names, eventSummaries(declared('Events.d.ts')));
    this.writeKnown(names, apiVersion(declared(join('..', 'apiVersion.d.ts'))));
  }

  private writeEnum(names: string[], summaries: Map<string, string>) {
    const code = new SourceCode(this.project, this.enumPath, { readonly: true });
    code.line(`// ${code.marker}`);
    code.line();
    code.line('/**');
    code.line(` * The ${names.length} snapshot event types that Stripe documents.`);
    code.line(' *');
    code.line(' * For one that is newer than this library, use `StripeEventFilter.named`.');
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

  /** Writes the same for the webhook function, which logs event types that it does not know. */
  private writeKnown(names: string[], version: string) {
    const code = new SourceCode(this.project, this.knownPath, { readonly: true });
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

/** Returns the sentence with which Stripe documents each event type. */
function eventSummaries(declarations: string): Map<string, string> {
  const event = /\/\*\*\n \* ([^\n]+)\n \*\/\nexport interface \w+ extends EventBase \{\n\s+type: '([^']+)'/g;
  const events = [...declarations.matchAll(event)];
  return new Map(events.map(([, summary, name]) => [name, summary.replace(/\*\//g, '')]));
}

function memberName(type: string): string {
  return type.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}
