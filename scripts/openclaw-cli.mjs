/**
 * `pnpm run try:openclaw`: the real `openclaw` of npm against our gateway: its command line, its text
 * page, and its Control UI in Chromium. It installs some 650 MB into a temporary folder and takes a
 * few minutes, so it is no part of the tests.
 *
 * `--package <folder>` uses an installed package (the folder with `openclaw.mjs`) instead.
 * `--only commands|tui|page` tries one part. `--verbose` shows what failing steps printed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { tryCommandLine, tryTextPage } from './openclaw/command-line.mjs';
import { tryPage } from './openclaw/page.mjs';
import { openWorld } from './openclaw/world.mjs';

const VERSION = '2026.9.6';

const { values } = parseArgs({
  options: {
    package: { type: 'string' },
    only: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

const PARTS = { commands: tryCommandLine, tui: tryTextPage, page: tryPage };
const wanted = values.only === undefined ? Object.keys(PARTS) : [values.only];
const unknown = wanted.find((part) => !Object.hasOwn(PARTS, part));
if (unknown !== undefined) {
  console.error(`--only takes ${Object.keys(PARTS).join(', ')}; "${unknown}" is none of them.`);
  process.exit(2);
}

function install() {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-package-'));
  console.log(`Installing openclaw@${VERSION} into ${folder}; it is taken away again at the end.`);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  execFileSync('npm', ['install', ...flags, `openclaw@${VERSION}`], { stdio: 'inherit' });
  return { folder, path: join(folder, 'node_modules/openclaw') };
}

const installed = values.package === undefined ? install() : { path: resolve(values.package) };
const world = await openWorld();
const failed = [];
let passed = 0;

function report(name, ok, printed) {
  console.log(`${ok ? '  ok ' : 'FAIL '} ${name}`);
  if (ok) passed += 1;
  else {
    failed.push(name);
    if (values.verbose) console.log(String(printed).replace(/^/gmu, '       | '));
  }
}

try {
  for (const part of wanted) await PARTS[part](world, installed.path, report);
} finally {
  await world.close();
  if (installed.folder !== undefined) rmSync(installed.folder, { recursive: true, force: true });
}
console.log(`\n${passed} passed, ${failed.length} failed.`);
process.exitCode = failed.length === 0 ? 0 : 1;
