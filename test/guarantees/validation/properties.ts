import { RESULTS } from './subjects';
import { types } from '../../harness/public-api';

/** Interfaces of the public API whose properties a user writes. */
export const INTERFACES = types.filter(({ kind, name }) => kind === 'interface' && !RESULTS.includes(name));

/** Each of their properties, with the name of the interface. */
export const PROPERTIES = INTERFACES.flatMap(({ name, properties = [] }) =>
  properties.map((property) => [name, property.name] as const));
