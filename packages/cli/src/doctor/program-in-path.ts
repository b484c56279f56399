/**
 * Which program the word `openclaw` runs.
 *
 * @module
 */
import {
  accessSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  closeSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

/** The first `openclaw` of a search path. */
export interface ProgramInPath {
  readonly file: string;
  readonly whose: 'ours' | 'theirs' | 'unknown';
}

const NAMES: Readonly<Record<string, ProgramInPath['whose']>> = {
  '@portcullis/cli': 'ours',
  openclaw: 'theirs',
};

/** Package managers put a short script in place of a link; it names the file it runs. */
const SCRIPT_BYTES = 8192;

/** Looks in the order a shell would. Relative entries are left out: they mean another place tomorrow. */
export function programInPath(searchPath: string): ProgramInPath | undefined {
  for (const folder of searchPath.split(delimiter).filter(isAbsolute)) {
    const file = join(folder, 'openclaw');
    if (isProgram(file)) return { file, whose: whoseIs(file) };
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function whoseIs(file: string): ProgramInPath['whose'] {
  const named = NAMES[packageOf(realpathSync(file)) ?? ''];
  if (named !== undefined) return named;
  const text = beginningOf(file);
  if (text.includes('cli/bin/openclaw.mjs')) return 'ours';
  return text.includes('node_modules/openclaw/') ? 'theirs' : 'unknown';
}

/** Name of the nearest package above a file. */
function packageOf(file: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const isNamed = typeof manifest === 'object' && manifest !== null && 'name' in manifest;
      if (isNamed && typeof manifest.name === 'string') return manifest.name;
    } catch {
      // None here, or none that can be read: look above.
    }
  }
  return undefined;
}

function beginningOf(file: string): string {
  const buffer = Buffer.alloc(SCRIPT_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, SCRIPT_BYTES, 0)).toString('latin1');
  } finally {
    closeSync(descriptor);
  }
}
