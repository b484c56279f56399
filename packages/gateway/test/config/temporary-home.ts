/**
 * A home directory of its own for each test, removed afterwards.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type Environment,
  type LoadedConfig,
  type StatePaths,
  loadConfig,
  resolvePaths,
} from '@portcullis/gateway/config';

/** A home with a state directory. */
export interface TemporaryHome {
  readonly paths: StatePaths;
  /** Writes a file below the state directory and returns its path. */
  write(name: string, text: string | Uint8Array, mode?: number): string;
  /** Writes `openclaw.json` and loads it. */
  load(config: string | object, env?: Environment): LoadedConfig;
}

/** Makes a home that the current test owns. */
export function temporaryHome(): TemporaryHome {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-config-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const paths = resolvePaths({ HOME: home });
  mkdirSync(paths.stateDir, { mode: 0o700 });
  const write: TemporaryHome['write'] = (name, text, mode = 0o600) => {
    const path = join(paths.stateDir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    return path;
  };
  return {
    paths,
    write,
    load: (config, env = {}) => {
      write('openclaw.json', typeof config === 'string' ? config : JSON.stringify(config));
      return loadConfig({ env, paths, invalid: 'report' });
    },
  };
}

/** The code and details of what `action` throws. */
export function thrown(action: () => unknown): {
  code: string;
  message: string;
  details: Readonly<Record<string, unknown>> | undefined;
} {
  try {
    action();
  } catch (error) {
    const {
      code = 'not coded',
      message,
      details,
    } = error as Error & {
      code?: string;
      details?: Readonly<Record<string, unknown>>;
    };
    return { code, message, details };
  }
  throw new Error('nothing was thrown');
}

/** Numbers that look random and are the same in each run. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
