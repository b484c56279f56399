/**
 * Documents are executed as far as a document can be: code compiles, commands exist, links lead
 * somewhere.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import {
  blocksOf,
  checkAdvice,
  checkCommands,
  checkJson,
  checkLinks,
  checkReadme,
  programsOf,
} from './rules/readmes.ts';
import {
  ROOT,
  SOURCE,
  type Tree,
  existsInRepository,
  packagesOf,
  readTree,
  treeOf,
} from './tree.ts';

const repository = readTree(ROOT);

/** The commands of `openclaw`, from its own table. */
async function openclawVerbs(): Promise<readonly string[]> {
  const path = join(ROOT, 'packages/cli/src/commands.ts');
  const { COMMANDS } = (await import(path)) as {
    readonly COMMANDS: readonly { readonly name: string; readonly aliases?: readonly string[] }[];
  };
  return COMMANDS.flatMap(({ name, aliases = [] }) => aliases.concat(name));
}

/** Type-checks blocks as files of the packages they document; returns what the compiler says. */
function compile(tree: Tree, folder: string): string {
  const cache = join(ROOT, 'node_modules/.cache', folder);
  rmSync(cache, { recursive: true, force: true });
  const files: string[] = [];
  for (const { path, line, text } of programsOf(tree)) {
    // Beside the package's own dependencies, so that its imports resolve as its reader's would.
    const owner = /^(?:packages|examples)\/[^/]+/.exec(path)?.[0] ?? 'packages/gateway';
    const place = join(ROOT, owner, 'node_modules/.cache', folder);
    mkdirSync(place, { recursive: true });
    const file = join(place, `${path.replaceAll(/[^\w]+/g, '-')}-${line}.ts`);
    writeFileSync(file, `${text}\nexport {};\n`);
    files.push(file);
  }
  mkdirSync(cache, { recursive: true });
  const paths = Object.fromEntries(
    packagesOf(repository).flatMap(({ path, manifest: { name = '', exports = {} } }) =>
      Object.entries(exports).flatMap(([subpath, target]) => {
        const source = typeof target === 'string' ? undefined : target[SOURCE];
        return source === undefined
          ? []
          : [[join(name, subpath), [join(ROOT, path, source)]] as const];
      }),
    ),
  );
  const config = {
    extends: join(ROOT, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      composite: false,
      declaration: false,
      emitDeclarationOnly: false,
      isolatedDeclarations: false,
      noUnusedLocals: false,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      paths,
    },
    files,
  };
  const project = join(cache, 'tsconfig.json');
  writeFileSync(project, JSON.stringify(config));
  if (files.length === 0) return '';
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project], {
    encoding: 'utf8',
  });
  // Faults of the sources themselves are the type check's to report.
  return stdout
    .split('\n')
    .filter((line) => line.includes(`.cache/${folder}/`))
    .join('\n');
}

describe('this repository', () => {
  test('has documents whose TypeScript compiles', () => {
    expect(compile(repository, 'documents')).toBe('');
  }, 60_000);

  test('names only commands that exist', async () => {
    expect(checkCommands(repository, await openclawVerbs())).toEqual([]);
  });

  test('tells nobody to run a command that does not exist', async () => {
    expect(checkAdvice(repository, await openclawVerbs())).toEqual([]);
  });

  test('calls JSON only what is JSON', () => {
    expect(checkJson(repository)).toEqual([]);
  });

  test('has no link that leads nowhere', () => {
    expect(checkLinks(repository, existsInRepository)).toEqual([]);
  });

  test('starts and tests with the two commands its README names', () => {
    expect(checkReadme(repository)).toEqual([]);
  });
});

test('a block that does not compile is reported with its document', () => {
  const bad = "import { isAllowed } from '@portcullis/core';\nisAllowed('yes');";
  const tree = treeOf({
    'docs/a.md': `\`\`\`ts\n${bad}\n\`\`\`\n`,
    'docs/b.md': "```ts\nimport { noSuchName } from '@portcullis/core';\n```\n",
    'docs/c.md': "```ts\nimport { isAllowed } from '@portcullis/core';\n```\n",
  });
  const said = compile(tree, 'bad-documents');
  expect(said).toContain('docs-a-md-1.ts(2,11)');
  expect(said).toContain("no exported member 'noSuchName'");
  expect(said).not.toContain('docs-c-md');
}, 60_000);

const block = (text: string): string => `\`\`\`ts\n${text}\n\`\`\`\n`;

test('a block without imports goes on with the one before it, in the same document only', () => {
  const tree = treeOf({
    'docs/a.md': block("import 'x';\nconst a = 1;") + block('a;') + block("import 'y';"),
    'docs/b.md': block('b;'),
  });
  expect(programsOf(tree).map(({ path, text }) => ({ path, text }))).toEqual([
    { path: 'docs/a.md', text: "import 'x';\nconst a = 1;\n\na;\n" },
    { path: 'docs/a.md', text: "import 'y';\n" },
    { path: 'docs/b.md', text: 'b;\n' },
  ]);
});

test('blocks are read with their line and language, also when indented', () => {
  const tree = treeOf({
    'README.md': 'x\n\n```sh\nls\n```\n\n- y\n\n  ```json\n  {}\n  ```\n',
    'packages/x/test/vectors/README.md': '```sh\nno-such-program\n```\n',
  });
  expect(blocksOf(tree)).toEqual([
    { path: 'README.md', line: 3, language: 'sh', text: 'ls\n' },
    { path: 'README.md', line: 9, language: 'json', text: '  {}\n' },
  ]);
});

describe('commands', () => {
  const verbs = ['gateway', 'gateway run', 'pairing list', 'pairing approve', 'status'];

  test.each([
    'openclaw gateway',
    'openclaw gateway run --port 1',
    'openclaw pairing approve telegram ABCD2345 --owner',
    'openclaw --version',
    'OPENCLAW_HOME=/tmp/x openclaw status',
    'npm start',
    'npm install -g @portcullis/cli',
    'npx --yes pnpm@12.21.0 install',
    'pnpm lint && ls | cat # a comment with words',
    '$ curl -s \\\n  http://127.0.0.1/health',
  ])('pass: %s', (command) => {
    const tree = treeOf({
      'package.json': { scripts: { start: 'node x', lint: 'y' } },
      'README.md': `\`\`\`sh\n${command}\n\`\`\`\n`,
    });
    expect(checkCommands(tree, verbs)).toEqual([]);
  });

  test.each([
    { command: 'openclaw paring list', says: 'openclaw has no command "paring list"' },
    { command: 'openclaw pairing grant', says: 'openclaw has no command "pairing grant"' },
    { command: 'npm run dev', says: 'there is no script "dev"' },
    { command: 'npm test', says: 'there is no script "test"' },
    { command: 'npx --yes pnpm@12.21.0 nope', says: 'there is no script "nope"' },
    { command: 'ls; frobnicate now', says: '"frobnicate" is no command a reader is sure to have' },
  ])('caught: $command', ({ command, says }) => {
    const tree = treeOf({
      'package.json': { scripts: {} },
      'docs/how-to/x.md': `\`\`\`sh\n${command}\n\`\`\`\n`,
    });
    expect(checkCommands(tree, verbs)).toEqual([`docs/how-to/x.md:1: ${says}`]);
  });
});

test('advice in a text is checked, prose and comments are not', () => {
  const tree = treeOf({
    'packages/x/src/a.ts': `// run "openclaw nope"
const good = 'Run "openclaw pairing approve telegram CODE" first. Then openclaw forgets it.';
const bad = 'Run "openclaw pairing grant".';
const command = 'openclaw devices approve';
const made = \`Run "openclaw frob \${id}" or "openclaw status".\`;
const prose = 'openclaw itself failed.';`,
  });
  expect(checkAdvice(tree, ['pairing approve', 'status'])).toEqual([
    'packages/x/src/a.ts: tells to run "openclaw pairing grant", which does not exist',
    'packages/x/src/a.ts: tells to run "openclaw devices approve", which does not exist',
    'packages/x/src/a.ts: tells to run "openclaw frob ", which does not exist',
  ]);
});

test('JSON with comments, dead links and a README without its commands are caught', () => {
  const tree = treeOf({
    'package.json': { scripts: { start: 'node scripts/gone.mjs' } },
    'docs/a.md': '```json\n{ /* no */ }\n```\n[x](../b.md) [y](c.md#part) [z](https://x.test)\n',
    'README.md': 'npm start',
  });
  expect(checkJson(tree)).toEqual(['docs/a.md:1: this is no JSON']);
  expect(checkLinks(tree, (path) => path === 'b.md')).toEqual(['docs/a.md: c.md does not exist']);
  expect(checkReadme(tree)).toEqual([
    'package.json: "start" runs scripts/gone.mjs, which is missing',
    'README.md: names "npm test"',
    'package.json: has a script "test" that runs node',
  ]);
});
