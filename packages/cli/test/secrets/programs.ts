/**
 * Programs that keep secrets as the real ones do, and write down how they were called.
 *
 * @module
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** How a program was called. */
export interface ProgramCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A program of the test. */
export interface FakeProgram {
  readonly path: string;
  calls(): readonly ProgramCall[];
}

const BODY = {
  // As secret-tool: the secret on standard input; nothing behind what it prints.
  secretTool: `
    const account = args.at(-1);
    if (args[0] === 'store') save({ ...kept(), [account]: stdin() });
    if (args[0] === 'clear') { const { [account]: gone, ...rest } = kept(); save(rest); }
    if (args[0] === 'lookup') account in kept() ? process.stdout.write(kept()[account]) : process.exit(1);`,
  // As security: commands on standard input, code 0 whatever became of them; a line break behind.
  security: `
    if (args[0] === '-i') {
      const match = /^add-generic-password -U -s openclaw -a (\\S+) -X ([0-9a-f]+)\\n$/.exec(stdin());
      if (match) save({ ...kept(), [match[1]]: Buffer.from(match[2], 'hex').toString() });
    }
    const account = args[args.indexOf('-a') + 1];
    if (args[0] === 'delete-generic-password') { const { [account]: gone, ...rest } = kept(); save(rest); }
    if (args[0] === 'find-generic-password')
      account in kept() ? process.stdout.write(kept()[account] + '\\n') : process.exit(44);`,
  // Takes everything and keeps nothing: a keychain that is locked.
  locked: `if (args[0] === 'lookup') process.exit(1); stdin();`,
} as const;

/** Makes a program. */
export function fakeProgram(kind: keyof typeof BODY): FakeProgram {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-keychain-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [path, log, kept] = ['program', 'calls', 'kept'].map((name) => join(folder, name));
  if (path === undefined || log === undefined || kept === undefined) throw new Error('no path');
  writeFileSync(
    path,
    `#!${process.execPath}
    const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs');
    const args = process.argv.slice(2);
    appendFileSync(${JSON.stringify(log)}, JSON.stringify({ args, env: process.env }) + '\\n');
    const stdin = () => readFileSync(0, 'utf8');
    const kept = () => existsSync(${JSON.stringify(kept)}) ? JSON.parse(readFileSync(${JSON.stringify(kept)}, 'utf8')) : {};
    const save = (all) => writeFileSync(${JSON.stringify(kept)}, JSON.stringify(all));
    ${BODY[kind]}`,
  );
  chmodSync(path, 0o700);
  return {
    path,
    calls: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as ProgramCall)
        : [],
  };
}
