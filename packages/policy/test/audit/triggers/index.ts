/** Every check, with what triggers it and what does not. */
import { blast } from './blast.ts';
import { accounts, exposure } from './exposure.ts';
import { reach, webhooks } from './reach.ts';
import { code, files } from './rest.ts';
import { attempts } from './tried.ts';
import type { Trigger } from './row.ts';

/** The whole table. */
export const TRIGGERS: readonly Trigger[] = [
  ...reach,
  ...webhooks,
  ...exposure,
  ...accounts,
  ...blast,
  ...files,
  ...code,
  ...attempts,
];
