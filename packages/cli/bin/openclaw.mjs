#!/usr/bin/env node
// Starts openclaw. Plain JavaScript that every Node since 20 can parse, so that a Node that is too
// old gets a sentence instead of a syntax error, and so that --version needs nothing else.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import * as module from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = [24, 11];
const self = realpathSync(fileURLToPath(import.meta.url));
const argv = process.argv.slice(2);

function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** The Node that was installed beside this package, or in any folder above it. */
function installedNode() {
  const program = join('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  for (let folder = dirname(self); ; folder = dirname(folder)) {
    const path = join(folder, program);
    if (existsSync(path) && realpathSync(path) !== realpathSync(process.execPath)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Runs the same command under another Node, and ends as it ends. */
function runUnder(node) {
  // The channel carries nothing: it closes when this process dies, and then the other one ends too.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const env = { ...process.env, OPENCLAW_LAUNCHED: '1' };
  const child = spawn(node, [self, ...argv], { stdio, env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C and Ctrl-\ to both processes by itself.
      const fromTerminal = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
      if (!fromTerminal) child.kill(signal);
    });
  }
  child.on('error', () => {
    process.stderr.write(`Error: ${node} cannot be started. [runtime.node]\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Ends with the process that launched this one. */
function followLauncher() {
  delete process.env.OPENCLAW_LAUNCHED;
  if (process.channel === undefined) return;
  process.channel.unref();
  process.once('disconnect', () => process.exit(1));
}

/**
 * Keeps compiled code in a private folder: a shared one would let others put code there. Not for an
 * audit, which promises to write nothing anywhere.
 */
function cacheCode() {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return;
  if (argv[0] === 'security' && argv[1] === 'audit') return;
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  module.enableCompileCache(join(cache, 'portcullis'));
}

async function start() {
  const main = new URL('../dist/main.js', import.meta.url);
  if (!existsSync(main)) {
    process.stderr.write(
      'Error: openclaw is not built; run "npm run build" first. [runtime.build]\n',
    );
    process.exit(1);
  }
  const { runProcess } = await import(main.href);
  await runProcess();
}

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  const manifest = JSON.parse(readFileSync(join(dirname(self), '..', 'package.json'), 'utf8'));
  process.stdout.write(`Portcullis ${manifest.version} (openclaw)\n`);
} else if (isNewEnough()) {
  process.umask(0o077);
  if (process.env.OPENCLAW_LAUNCHED === '1') followLauncher();
  cacheCode();
  await start();
} else {
  const node = installedNode();
  if (node === undefined) {
    const [major, minor] = NEEDED;
    process.stderr.write(
      `Error: openclaw needs Node ${major}.${minor} or newer; this is ${process.versions.node}. [runtime.node]\n`,
    );
    process.exit(1);
  }
  runUnder(node);
}
