import { readFileSync } from 'fs';
import { join } from 'path';

/** Public API of the library, as jsii describes it to every language. `compile.ts` keeps `.jsii` up to date. */

const ASSEMBLY = join(__dirname, '..', '..', '.jsii');

/** Documentation of a name. */
export interface Documented {
  readonly name: string;
  readonly docs?: { readonly summary?: string; readonly remarks?: string; readonly default?: string };
}

/** Property, method, parameter or member of an enum. */
export interface Member extends Documented {
  readonly optional?: boolean;
  readonly protected?: boolean;
  readonly static?: boolean;
  readonly parameters?: Member[];
  readonly [more: string]: unknown;
}

/** Exported type. */
export interface Type extends Documented {
  readonly kind: 'class' | 'interface' | 'enum';
  readonly base?: string;
  readonly interfaces?: string[];
  readonly properties?: Member[];
  readonly methods?: Member[];
  readonly members?: Member[];
  readonly initializer?: { readonly parameters?: Member[] };
}

/** Name with the path at which documentation shows it, such as `StripeEventBridge.onEvent(options)`. */
export interface Named<T extends Documented = Documented> {
  readonly path: string;
  readonly type: Type;
  readonly item: T;
}

/** Complete assembly. */
export const assembly = JSON.parse(readFileSync(ASSEMBLY, 'utf8')) as { readonly types: Record<string, Type> };

/** Exported types. */
export const types = Object.values(assembly.types);

/** Returns the properties, methods and enum members of a type. */
export function membersOf({ properties = [], methods = [], members = [] }: Type): Member[] {
  return [...properties, ...methods, ...members];
}

/** Members of every exported type. */
export const allMembers: Array<Named<Member>> = types.flatMap((type) =>
  membersOf(type).map((item) => ({ path: `${type.name}.${item.name}`, type, item })));

/** Parameters of every constructor. */
export const constructorParameters: Array<Named<Member>> = types.flatMap((type) =>
  (type.initializer?.parameters ?? []).map((item) => ({ path: `new ${type.name}(${item.name})`, type, item })));

/** Parameters of every method. */
export const methodParameters: Array<Named<Member>> = allMembers.flatMap(({ path, type, item: { parameters = [] } }) =>
  parameters.map((item) => ({ path: `${path}(${item.name})`, type, item })));

/** Everything that has documentation. */
export const allDocumented: Named[] = [
  ...types.map((type) => ({ path: type.name, type, item: type })),
  ...allMembers,
  ...constructorParameters,
  ...methodParameters,
];
