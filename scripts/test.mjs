/**
 * `npm test`: installs what it needs (also Debian's Chromium and bubblewrap where they are missing
 * and we may), builds, checks and runs every test. `--long` adds the soak and the long kill runs.
 */
import { spawnSync } from 'node:child_process';

import { become, install, pnpm, run } from './toolchain.mjs';

/** Debian packages by the command they bring. */
const SYSTEM = { chromium: 'chromium', bwrap: 'bubblewrap' };

function missing() {
  return Object.entries(SYSTEM)
    .filter(([command]) => spawnSync('which', [command]).status !== 0)
    .map(([, name]) => name);
}

function installSystem() {
  const names = missing();
  if (names.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || spawnSync('which', ['apt-get']).status !== 0) {
    console.error(`Please install: ${names.join(', ')}. Tests that need them will fail.`);
    return;
  }
  const quiet = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  run('apt-get', ['update', '-qq'], quiet);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet);
}

const long = process.argv.includes('--long');
const rest = process.argv.slice(2).filter((arg) => arg !== '--long');

installSystem();
install();
pnpm('run', 'build');
if (rest.length === 0) pnpm('run', 'check');
become(['node_modules/vitest/vitest.mjs', 'run', ...rest], long ? { PORTCULLIS_LONG: '1' } : {});
