import { SECRETS, TABLES } from './data-rows';
import { KEYS } from './key-rows';
import type { Row } from './row';
import { OTHERS, TARGETS } from './target-rows';

/** Every variant of a bridge that changes permissions, by id and title. */
export const ROWS: Record<string, Row> = { ...KEYS, ...SECRETS, ...TABLES, ...TARGETS, ...OTHERS };
