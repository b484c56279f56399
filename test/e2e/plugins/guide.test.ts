/**
 * The pages about writing plugins, followed line by line by somebody with an empty home. There is no
 * registry here, so `npm install` puts links to what stands in this repository; everything else that
 * npm is asked for, it does.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

import { afterEach, expect, test } from 'vitest';

import { stepsOf } from '../guide/page.ts';
import { type Reader, createReader } from '../guide/reader.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGES = [
  { page: 'write-a-tool', id: 'wordcount', atLeast: 9 },
  { page: 'write-a-channel', id: 'linechat', atLeast: 30 },
] as const;

/** What `devDependencies` of a new plugin name, and where it is here. */
const HERE: Readonly<Record<string, string>> = {
  '@portcullis/core': 'packages/core',
  '@portcullis/testkit': 'packages/testkit',
  '@types/node': 'node_modules/@types/node',
  typescript: 'node_modules/typescript',
  vitest: 'node_modules/vitest',
};
const PROGRAMS = { vitest: 'vitest/vitest.mjs', tsc: 'typescript/bin/tsc' };

let reader: Reader | undefined;

afterEach(() => reader?.close());

/** Writes the files of a reader's project: a test that runs in it must see them as they are here. */
function link(folder: string): void {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  for (const name of Object.keys(manifest.devDependencies)) {
    const target = join(folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(ROOT, HERE[name] ?? `nothing-of-the-name-${name}`), target);
  }
  for (const [name, file] of Object.entries(PROGRAMS)) {
    const target = join(folder, 'node_modules/.bin', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(folder, 'node_modules', file), target);
  }
}

/** Node as it is here; npm without a registry. */
function addPrograms(home: string): void {
  const [npm, npx] = ['npm', 'npx'].map((name) =>
    execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(),
  );
  const programs = {
    node: `exec "${process.execPath}" "$@"`,
    npm: `if [ "$1" = install ]; then exit 0; fi\nexec "${npm ?? ''}" "$@"`,
    npx: `exec "${npx ?? ''}" "$@"`,
  };
  for (const [name, text] of Object.entries(programs)) {
    const path = join(home, 'programs', name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
  }
}

async function follow(person: Reader, markdown: string): Promise<string> {
  let folder = person.home;
  let printed = '';
  for (const step of stepsOf(markdown)) {
    if (step.kind === 'config') continue;
    const { command, line } = step;
    if (command.startsWith('cd ')) {
      folder = join(folder, command.slice(3));
      continue;
    }
    if (command === 'npm install') link(folder);
    const here = `cd '${folder}' && `;
    const first = await person.run(here + command);
    // Whoever follows the page sits at a terminal and says yes when he is asked.
    const isAsked = first.stderr.includes('[usage.confirmation]');
    const { code, stdout, stderr } = isAsked ? await person.run(`${here}${command} --yes`) : first;
    const said = code === 0 ? '' : stdout + stderr;
    expect({ line, command, code, said }).toEqual({ line, command, code: 0, said: '' });
    printed += stdout;
  }
  return printed;
}

for (const { page, id, atLeast } of PAGES) {
  test.concurrent(`docs/how-to/${page}.md is true`, async ({ onTestFinished }) => {
    const person = await createReader();
    onTestFinished(() => person.close());
    addPrograms(person.home);
    const markdown = readFileSync(join(ROOT, `docs/how-to/${page}.md`), 'utf8');
    const printed = stripVTControlCharacters(await follow(person, markdown));
    const passed = Number(/Tests +(\d+) passed/u.exec(printed)?.[1]);
    expect(passed).toBeGreaterThanOrEqual(atLeast);
    expect(printed).toMatch(/State +used by this config/u);
    expect(existsSync(join(person.home, id, `portcullis-${id}-0.1.0.tgz`))).toBe(true);
  }, 60_000);
}

const filesBelow = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]),
  );

test('the examples are what a stranger begins with', async () => {
  reader = await createReader();
  for (const [kind, name] of [
    ['channel', 'linechat'],
    ['tool', 'wordcount'],
  ] as const) {
    const { code } = await reader.run(`openclaw plugins create ${kind} ${name}`);
    expect(code).toBe(0);
    expect(filesBelow(join(ROOT, 'examples/third-party', name))).toEqual(
      filesBelow(join(reader.home, name)),
    );
  }
});

test('another name is its name everywhere, and nothing is written over', async () => {
  reader = await createReader();
  await reader.run('openclaw plugins create channel hallway --dir somewhere');
  const files = filesBelow(join(reader.home, 'somewhere'));
  expect(Object.values(files).join('\n')).not.toMatch(/linechat/iu);
  expect(files['/src/index.js']).toContain("token: 'HALLWAY_TOKEN'");
  for (const [words, code] of [
    ['channel hallway --dir somewhere', 'plugin.folder_taken'],
    ['channel telegram', 'plugin.name'],
    ['tool exec', 'plugin.name'],
    ['tool ../x', 'plugin.name'],
  ] as const) {
    const { stderr } = await reader.run(`openclaw plugins create ${words}`);
    expect(stderr).toContain(`[${code}]`);
  }
});
