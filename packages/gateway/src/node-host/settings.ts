/**
 * What this machine lets a gateway do with it. Everything here only tightens: a gateway can ask for
 * less than this, and for nothing more.
 *
 * @module
 */
import { isAbsolute, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import type { Ask, HostApprovals, Security } from '@portcullis/policy/exec';

import { type ConfigObject, type StatePaths, getPath } from '../config/index.ts';
import { FOLDER } from './folder.ts';

/** The policy of a node host about commands. */
export interface NodeSettings {
  readonly security: Security;
  readonly ask: Ask;
  readonly allowlist: readonly unknown[];
  readonly strictInlineEval: boolean;
  readonly safeBins: readonly string[] | undefined;
  /** Where commands run, and below which. */
  readonly workspace: string;
  readonly sandbox: 'off' | 'all';
  /** Longest a command may run, in milliseconds. */
  readonly timeoutMs: number;
}

const AT = 'nodeHost.exec';
const LONGEST_SECONDS = 1800;

/** Reads `nodeHost.exec`. Without it nothing runs but what would be listed, and nothing is. */
export function nodeSettings(config: ConfigObject, paths: StatePaths): NodeSettings {
  const at = (key: string): unknown => getPath(config, `${AT}.${key}`);
  const workspace = at('workspace') ?? join(paths.stateDir, FOLDER, 'workspace');
  if (typeof workspace !== 'string' || !isAbsolute(workspace)) {
    throw new PortcullisError('node.settings', `${AT}.workspace is no absolute path.`, {
      hint: `openclaw config set ${AT}.workspace /some/folder`,
    });
  }
  const seconds = at('timeoutSeconds');
  const bins = at('safeBins');
  return {
    security: oneOf(at('security'), ['deny', 'allowlist', 'full'], 'allowlist', 'deny'),
    ask: oneOf(at('ask'), ['off', 'on-miss', 'always'], 'off', 'always'),
    allowlist: listOf(at('allowlist')),
    strictInlineEval: at('strictInlineEval') !== false,
    safeBins: Array.isArray(bins) ? bins.filter((each) => typeof each === 'string') : undefined,
    workspace,
    sandbox: oneOf(at('sandbox'), ['off', 'all'], 'off', 'all'),
    timeoutMs: (typeof seconds === 'number' ? seconds : LONGEST_SECONDS) * 1000,
  };
}

/** The settings as the exec policy reads a config. */
export function policyConfigOf(settings: NodeSettings): unknown {
  const { security, ask, strictInlineEval, safeBins } = settings;
  const bins = safeBins === undefined ? {} : { safeBins };
  return {
    tools: {
      exec: { host: 'gateway', security, ask, askFallback: 'deny', strictInlineEval, ...bins },
    },
  };
}

/** The list of this machine as the exec policy reads one. */
export function approvalsOf({ allowlist }: NodeSettings): HostApprovals {
  return { agents: { '*': { allowlist } } };
}

/** One of `choices`; `preset` where nothing is said, and the closed one for what nobody knows. */
function oneOf<const Choice extends string>(
  value: unknown,
  choices: readonly Choice[],
  preset: Choice,
  closed: Choice,
): Choice {
  return value === undefined ? preset : (choices.find((each) => each === value) ?? closed);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
