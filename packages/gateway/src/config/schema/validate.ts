/**
 * Checks a config against the schema table. Promises: pure; a key nobody knows is an error with
 * the nearest spelling, because a typo must never silently drop a restriction; no message quotes a
 * value.
 *
 * @module
 */
import type { StandardSchema } from '@portcullis/core';
import { checkChannels } from './channel-blocks.ts';
import type { ConfigObject } from '../document/config-value.ts';
import type { ConfigIssue, ConfigWarning, Findings } from './findings.ts';
import { formatPath } from '../document/key-path.ts';
import { checkRules } from './rules.ts';
import { checkNode } from './schema-walk.ts';
import { schemaTree } from './key-tree.ts';

/** Options of {@link validateConfig}. */
export interface ValidateOptions {
  /**
   * The option schemas of the installed channels, by channel id. A block of any other channel is
   * left unchecked with a warning. Undefined: not known; the channels of this product are checked.
   */
  readonly channelSchemas?: Readonly<Record<string, StandardSchema>>;
}

/** The verdict on a config. */
export interface Validation {
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigWarning[];
}

const MAX_FINDINGS = 200;
/**
 * Checks a config after includes and variables were put in.
 *
 * @example
 * ```ts
 * validateConfig({ gateway: { bind: 'Loopback' } }).issues[0]?.suggestion; // "loopback"
 * ```
 */
export function validateConfig(value: ConfigObject, options: ValidateOptions = {}): Validation {
  const issues: ConfigIssue[] = [];
  const warnings: ConfigWarning[] = [];
  const findings: Findings = {
    issue: (path, issue) => {
      if (issues.length < MAX_FINDINGS) issues.push({ path: formatPath(path), ...issue });
    },
    isFull: () => issues.length >= MAX_FINDINGS,
    warn: (path, message) => {
      if (warnings.length < MAX_FINDINGS) warnings.push({ path: formatPath(path), message });
    },
  };
  const { channels, ...rest } = value;
  checkNode(schemaTree(), rest, [], findings, false);
  if (channels !== undefined) {
    const { plugins } = rest;
    checkChannels(channels, { schemas: options.channelSchemas, plugins }, findings);
  }
  checkRules(value, findings);
  return { issues, warnings };
}
