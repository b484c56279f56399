/**
 * The configuration as operators may see it: without its secrets.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import { type LoadedConfig, redactConfig, redactConfigText } from '../../config/index.ts';

type View = MethodResult<'config.get'>;

/** The config in force, every secret replaced by `__OPENCLAW_REDACTED__`. */
export function viewConfig(config: LoadedConfig): View {
  // References and `${NAME}` stay as written; what they stand for is never shown.
  const written: View['config'] = redactConfig(config.source) as View['config'];
  return {
    path: config.path,
    exists: config.exists,
    raw: config.raw.trim() === '' ? '' : redactConfigText(config.raw),
    parsed: redactConfig(config.parsed) as View['parsed'],
    sourceConfig: written,
    resolved: written,
    runtimeConfig: written,
    config: written,
    valid: config.issues.length === 0,
    hash: config.hash,
    issues: config.issues.map(({ path, message }) => ({ path, message })),
    warnings: config.warnings.map(({ path, message }) => ({ path, message })),
    legacyIssues: [],
  };
}
