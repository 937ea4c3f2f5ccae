import { readFileSync } from 'fs';
import { join } from 'path';
import { Component, SourceCode, type Project } from 'projen';

const DECLARATIONS = 'node_modules/stripe/cjs/resources';

/** Generates `StripeEventType`, and what the webhook function knows, from the event types that the installed `stripe` package declares. */
export class StripeEventTypes extends Component {
  constructor(project: Project, private readonly enumPath: string, private readonly knownPath: string) {
    super(project);
  }

  public preSynthesize() {
    const declared = (file: string) => readFileSync(join(this.project.outdir, DECLARATIONS, file), 'utf8');
    const names = eventTypes(declared('WebhookEndpoints.d.ts'));
    const summaries = eventSummaries(declared('Events.d.ts'));

    this.writeKnown(names, apiVersion(readFileSync(join(this.project.outdir, DECLARATIONS, '..', 'apiVersion.d.ts'), 'utf8')));
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

  /** The same for the webhook function, which tells what it does not know from what it does. */
  private writeKnown(names: string[], version: string) {
    const code = new SourceCode(this.project, this.knownPath, { readonly: true });
    code.line(`// ${code.marker}`);
    code.line();
    code.line('/** The API version whose event types these are. */');
    code.line(`export const KNOWN_API_VERSION = '${version}';`);
    code.line();
    code.line('/** The snapshot event types that Stripe documented then. */');
    code.open('export const KNOWN_EVENT_TYPES: ReadonlySet<string> = new Set([');
    names.forEach((name) => code.line(`'${name}',`));
    code.close(']);');
  }
}

function apiVersion(declarations: string): string {
  const version = /ApiVersion = "([^"]+)"/.exec(declarations)?.[1];
  if (!version) {
    throw new Error('stripe no longer declares ApiVersion in apiVersion.d.ts: look for its new home');
  }
  return version;
}

/** The members of `WebhookEndpointCreateParams.EnabledEvent`, without the wildcard. */
function eventTypes(declarations: string): string[] {
  const union = /type EnabledEvent = ([^;]+);/.exec(declarations)?.[1];
  if (!union) {
    throw new Error('stripe no longer declares EnabledEvent in WebhookEndpoints.d.ts: look for its new home');
  }
  return [...union.matchAll(/'([^']+)'/g)].map(([, name]) => name).filter((name) => name !== '*').sort();
}

/** Event type to the sentence that Stripe documents it with. */
function eventSummaries(declarations: string): Map<string, string> {
  const documented = declarations.matchAll(/\/\*\*\n \* ([^\n]+)\n \*\/\nexport interface \w+ extends EventBase \{\n\s+type: '([^']+)'/g);
  return new Map([...documented].map(([, summary, name]) => [name, summary.replace(/\*\//g, '')]));
}

function memberName(type: string): string {
  return type.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}
