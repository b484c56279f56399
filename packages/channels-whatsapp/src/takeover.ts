/**
 * Takes over a login that another program made with `useMultiFileAuthState` of the library: a
 * directory with a file for every key. It is read once and never written.
 *
 * @module
 */
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, PortcullisError } from '@portcullis/core';
import type { Vault } from './vault.ts';

/** The library's kinds of keys, the longest names first: one begins with another. */
const TYPES = [
  'app-state-sync-version',
  'app-state-sync-key',
  'sender-key-memory',
  'identity-key',
  'device-list',
  'lid-mapping',
  'sender-key',
  'pre-key',
  'session',
  'tctoken',
];

const MAX_FILE_BYTES = 4_000_000;
const MAX_FILES = 50_000;

function refused(why: string): PortcullisError {
  return new PortcullisError(
    'whatsapp.auth_dir',
    `The login at authDir is not taken over: ${why}`,
    {
      hint: 'Name a directory of useMultiFileAuthState that only you can read (chmod -R go= on it), or link anew.',
    },
  );
}

/** Reads a private file of ours. Throws `whatsapp.auth_dir`. */
async function readPrivate(path: string): Promise<string> {
  const facts = await lstat(path);
  if (!facts.isFile()) throw refused('it holds something that is no file.');
  if (facts.size > MAX_FILE_BYTES) throw refused('it holds a file that is too large.');
  return await readFile(path, 'utf8');
}

async function checkDirectory(path: string): Promise<void> {
  const facts = await lstat(path);
  if (!facts.isDirectory()) throw refused('it is no directory.');
  if (facts.uid !== process.getuid?.()) throw refused('it belongs to somebody else.');
  // Its files are readable by everybody as the library writes them: the directory must not be.
  if ((facts.mode & 0o077) !== 0) throw refused('others can read it.');
}

/** The entry of a key, from the name of its file. `:` and `/` are spelled otherwise in names. */
function keyOf(name: string): readonly [type: string, id: string] | undefined {
  const bare = name.slice(0, -'.json'.length);
  const type = TYPES.find((one) => bare.startsWith(`${one}-`));
  if (type === undefined) return undefined;
  const id = bare.slice(type.length + 1);
  // The key of a group has two pairs of colons; base64 has slashes.
  const parts = /^(?<group>.+@g\.us)--(?<person>.+)--(?<device>\d+)$/u.exec(id)?.groups;
  const spelled =
    type === 'sender-key' && parts !== undefined
      ? `${parts['group']}::${parts['person']}::${parts['device']}`
      : id.replaceAll('__', '/');
  return [type, spelled];
}

/**
 * Takes over the login at `path` unless the account has one.
 *
 * Throws `whatsapp.auth_dir` when it is not private, damaged, or not a login.
 */
export async function takeOver(path: string, vault: Vault, log: Logger): Promise<void> {
  if (vault.isLinked) return;
  try {
    await checkDirectory(path);
    const names = (await readdir(path)).filter((name) => name.endsWith('.json'));
    if (names.length > MAX_FILES) throw refused('it holds too many files.');
    const keys: (readonly [string, string, string])[] = [];
    for (const name of names) {
      const key = keyOf(name);
      if (key === undefined) continue;
      const text = await readPrivate(join(path, name));
      JSON.parse(text);
      keys.push([...key, text]);
    }
    await vault.adopt(await readPrivate(join(path, 'creds.json')), keys);
  } catch (error) {
    if (PortcullisError.is(error) && error.code === 'whatsapp.auth_dir') throw error;
    // What is thrown here names paths, and quotes keys.
    throw refused('it cannot be read, or it is not whole.');
  }
  log.info({ keys: 'taken over' }, 'Took over an existing WhatsApp login.');
}
