/**
 * The document that a change makes out of the one that is there. Promises: pure; comments and
 * layout stay where nothing changes; an include is never flattened; a hidden secret stays the
 * present one, or goes, and is never an old one.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import {
  type ConfigEdit,
  REDACTED,
  editConfig,
  formatPath,
  getPath,
  isConfigObject,
  ownValue,
  parseConfigValue,
  restoreRedacted,
  restoreRedactedText,
} from '../config/index.ts';
import { type RestoredConfig, restoreEarlierConfig } from '../config/restore.ts';
import type { ConfigChange } from '../services/config.ts';
import { mergePatch } from './merge-patch.ts';

const EMPTY = '{}\n';

/**
 * Works a change into a document. `target` is the document of a rollback.
 *
 * Throws `config.syntax`, `config.path`, `config.redacted`, `config.patch_list`.
 */
export function nextDocument(
  change: ConfigChange,
  present: string,
  target: string | undefined,
): RestoredConfig {
  const old = present.trim() === '' ? EMPTY : present;
  switch (change.kind) {
    case 'document':
      return { raw: keepSecrets(change.raw, old), lost: [] };
    case 'patch':
      return { raw: patched(change, old), lost: [] };
    case 'edits':
      return { raw: editConfig(old, kept(change.edits, old)), lost: [] };
    case 'rollback':
      return restoreEarlierConfig(target ?? EMPTY, old);
  }
}

/** A whole document; only one without markers can stand where the present one cannot be read. */
function keepSecrets(raw: string, old: string): string {
  // A marker may be spelled with escapes: what it means counts, in comments what is written.
  const meaning = JSON.stringify(parseConfigValue(raw, 'The new config'));
  const holdsMarker = raw.includes(REDACTED) || meaning.includes(REDACTED);
  return holdsMarker ? restoreRedactedText(raw, old) : raw;
}

/** Edits with the present secrets where their values hold markers. */
function kept(edits: readonly ConfigEdit[], old: string): readonly ConfigEdit[] {
  const before = parseConfigValue(old, 'The config');
  return edits.map(({ path, value }) => {
    if (value === undefined || !JSON.stringify(value).includes(REDACTED)) return { path, value };
    const whole = parseConfigValue(editConfig(old, [{ path, value }]), 'The config');
    const secret = restoreRedacted(whole, before);
    return { path, value: getPath(secret, path) };
  });
}

function patched(change: Extract<ConfigChange, { kind: 'patch' }>, old: string): string {
  const patch = parseConfigValue(change.raw, 'The patch');
  if (!isConfigObject(patch)) {
    throw new PortcullisError('config.syntax', 'The patch is no object.', {
      hint: 'Write a JSON merge patch: { "gateway": { "port": 19000 } }.',
    });
  }
  const before = parseConfigValue(old, 'The config');
  const merged = mergePatch(before, patch, change.replacePaths ?? []);
  const next = restoreRedacted(merged, before);
  const edits = Object.keys(patch).map((key) => ({
    path: formatPath([key]),
    value: ownValue(next, key),
  }));
  return editConfig(old, edits);
}
