/**
 * Configs and machines of all kinds.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { Home } from '../call.ts';

/** A finding that must be there. */
export interface Wanted {
  readonly checkId: string;
  readonly severity: string;
  readonly altIds?: readonly string[];
  readonly count?: number;
}

/** One config on one machine, and what is said of it. */
export interface Case {
  readonly name: string;
  readonly config?: object;
  /** A config that is no JSON. */
  readonly configText?: string;
  /** A shell script that prepares the home. */
  readonly setup?: string;
  readonly run?: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly stateDir?: string;
  };
  readonly exitCode?: number | 'nonzero';
  readonly present?: readonly Wanted[];
  /** Ids that must not be found; with `absentExcept` all of the corpus but those. */
  readonly absent?: readonly string[];
  readonly absentExcept?: readonly string[];
  readonly noCritical?: boolean;
  readonly noReport?: boolean;
  readonly orReport?: Case;
  readonly orRejected?: boolean;
  readonly suppressed?: readonly string[];
  /** What a fix leaves behind: modes by path below the state directory, and keys it keeps. */
  readonly fix?: {
    readonly modes?: Readonly<Record<string, string>>;
    readonly unchanged?: readonly string[];
  };
}

/** What a report says. */
export interface Report {
  readonly summary: Readonly<Record<string, number>>;
  readonly findings: readonly { readonly checkId: string; readonly severity: string }[];
  readonly suppressedFindings?: readonly { readonly checkId: string }[];
}

const file = new URL('corpus.json', import.meta.url);
const content = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly scope: readonly string[];
  readonly cases: readonly Case[];
};

/** Ids the corpus speaks of. */
export const scope: readonly string[] = content.scope;

/** Its cases. */
export const cases: readonly Case[] = content.cases;

/** A machine as a case has it. */
export interface Prepared {
  readonly home: Home;
  readonly env: Readonly<Record<string, string>>;
  readonly stateDir: string;
  readonly configPath: string;
}

/** Makes the machine of a case. */
export function prepare({ config, configText, setup, run = {} }: Case): Prepared {
  const home = new Home();
  const stateDir = join(home.path, run.stateDir ?? '.openclaw');
  const env = { OPENCLAW_STATE_DIR: stateDir, ...run.env };
  mkdirSync(stateDir, { recursive: true });
  chmodSync(stateDir, 0o700);
  const configPath = join(stateDir, 'openclaw.json');
  const text = configText ?? (config === undefined ? undefined : JSON.stringify(config, null, 2));
  if (text !== undefined) writeFileSync(configPath, text, { mode: 0o600 });
  if (setup !== undefined) {
    const prepared = spawnSync('sh', ['-eu', '-c', setup], {
      cwd: home.path,
      env: { ...process.env, HOME: home.path, OPENCLAW_CONFIG_PATH: configPath, ...env },
    });
    expect(prepared.status, String(prepared.stderr)).toBe(0);
  }
  return { home, env, stateDir, configPath };
}
