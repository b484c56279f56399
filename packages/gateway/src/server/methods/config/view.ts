/**
 * The configuration as operators may see it: without its secrets.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import { redactConfig, redactConfigText } from '../../../config/index.ts';
import type { ConfigCommit, ConfigProposal, ConfigState } from '../../../services.ts';

type View = MethodResult<'config.get'>;
type Json = View['config'];
type Changed = MethodResult<'config.set'>;

/** The config of the file and that in force, every secret replaced by `__OPENCLAW_REDACTED__`. */
export function viewConfig({ file, inForce, hash, appliedHash }: ConfigState): View {
  // References and `${NAME}` stay as written; what they stand for is never shown.
  const written = redactConfig(file.source) as Json;
  return {
    path: file.path,
    exists: file.exists,
    raw: showText(file.raw),
    parsed: redactConfig(file.parsed) as Json,
    sourceConfig: written,
    resolved: written,
    runtimeConfig: redactConfig(inForce.source) as Json,
    config: written,
    valid: file.issues.length === 0,
    hash,
    appliedConfigHash: appliedHash,
    issues: file.issues.map(({ path, message }) => ({ path, message })),
    warnings: file.warnings.map(({ path, message }) => ({ path, message })),
    legacyIssues: [],
  };
}

/** A text that does not parse cannot be shown safely, so that nothing of it is. */
function showText(raw: string): string {
  if (raw.trim() === '') return '';
  try {
    return redactConfigText(raw);
  } catch {
    return '';
  }
}

/** What a change does, in the words of the protocol. */
function effectOf(
  path: string,
  proposal: ConfigProposal,
): Omit<MethodResult<'config.preview'>, 'baseHash' | 'raw' | 'confirm'> {
  const { hash, config, changed, opens, closes, changes, lost, warnings } = proposal;
  return {
    path,
    hash,
    config: config as Json,
    changedPaths: [...changed],
    opens: [...opens],
    closes: [...closes],
    changes,
    lost: [...lost],
    warnings: warnings.map((each) => ({ path: each.path, message: each.message })),
  };
}

/** The answer of `config.preview`. */
export function viewProposal(
  path: string,
  proposal: ConfigProposal,
): MethodResult<'config.preview'> {
  const { baseHash, text, confirm } = proposal;
  return { ...effectOf(path, proposal), baseHash, raw: text, confirm };
}

/** The answer of every change. */
export function viewCommit(path: string, done: ConfigCommit): Changed {
  const { applied, restartNeeded, failed, entry } = done;
  return {
    ok: true,
    ...effectOf(path, done),
    applied: [...applied],
    restartNeeded: [...restartNeeded],
    failed: [...failed],
    ...(entry === undefined ? {} : { entry }),
  };
}
