/**
 * What somebody installs who wants a gateway and no network: nothing of any network.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { ROOT } from './tree.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestAt(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The folder of a dependency, as Node finds it from the folder of a package. */
function folderOf(name: string, from: string): string {
  for (let at = from; at !== dirname(at); at = dirname(at)) {
    try {
      return realpathSync(join(at, 'node_modules', name));
    } catch {
      // Not beside this one: look further up.
    }
  }
  throw new Error(`${name} is not installed for ${from}`);
}

/** Every package that comes with one, itself included. */
function closureOf(folder: string, found = new Map<string, string>()): ReadonlyMap<string, string> {
  if (found.has(folder)) return found;
  const { name, dependencies = {} } = manifestAt(folder);
  found.set(folder, name);
  for (const each of Object.keys(dependencies)) closureOf(folderOf(each, folder), found);
  return found;
}

const NETWORKS =
  /^(?:grammy|@grammyjs\/.*|@slack\/.*|discord\.js|@discordjs\/.*|discord-api-types|baileys|@whiskeysockets\/.*|libsignal|sharp|link-preview-js|@portcullis\/channel.*)$/u;

const namesOf = (folder: string): readonly string[] => [
  ...closureOf(join(ROOT, 'packages', folder)).values(),
];

test('a gateway without networks installs nothing of any network', () => {
  for (const folder of ['cli', 'gateway']) {
    const names = namesOf(folder);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => NETWORKS.test(name))).toEqual([]);
  }
});

test('a network brings what is its own', () => {
  expect(namesOf('channels-telegram').filter((name) => NETWORKS.test(name))).toContain('grammy');
});
