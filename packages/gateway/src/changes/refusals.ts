/**
 * Why a change of the config is refused.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { ExposureDiff } from '@portcullis/policy/explain';

/** The document was not the one the change was made from. */
export function stale(): PortcullisError {
  return new PortcullisError(
    'config.stale',
    'config changed since last load; re-run config.get and retry',
    { hint: 'Load the config again, and repeat the change on it.' },
  );
}

/** The change opens something that nobody has said yes to. */
export function unconfirmed(diff: ExposureDiff, confirm: string): PortcullisError {
  const keys = [...new Set(diff.opens.map(({ key }) => key))];
  return new PortcullisError(
    'config.unconfirmed',
    `This change opens something and was not confirmed: ${keys.slice(0, 5).join(', ')}.`,
    {
      hint: 'Look at what it opens, then repeat it with the confirmation.',
      details: {
        code: 'CONFIG_CONFIRMATION_REQUIRED',
        opens: diff.opens,
        closes: diff.closes,
        confirm,
      },
    },
  );
}

/** The change sets what only somebody at the machine may set. */
export function localOnly(local: ExposureDiff['local']): PortcullisError {
  const [first] = local;
  const key = first?.key ?? '';
  return new PortcullisError(
    'config.local_only',
    `${key} can be set on the machine of the gateway only: ${first?.why ?? ''}.`,
    {
      hint: `On that machine: openclaw config set ${key} <value>`,
      details: { code: 'CONFIG_LOCAL_ONLY', keys: local },
    },
  );
}

/** The entry has no document: it could not be read as a config when it was recorded. */
export function entryEmpty(id: string): PortcullisError {
  return new PortcullisError('config.entry_empty', `Entry ${id} has no document to go back to.`, {
    hint: 'Choose another one: openclaw config history',
  });
}

/** The gateway could not read it again. */
export function tooLarge(): PortcullisError {
  return new PortcullisError('config.too_large', 'The config would be larger than 2 MB.', {
    hint: 'Move a part of it into a file of its own, with $include.',
  });
}
