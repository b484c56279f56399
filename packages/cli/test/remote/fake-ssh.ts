/**
 * A program called `ssh` that writes down how it was called and really carries the connection, to
 * the loopback address of this machine.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How it was called. */
export interface SshCall {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The command, and what came of it. */
export interface FakeSsh {
  /** The folder to find it in: the whole `PATH`. */
  readonly folder: string;
  calls(): readonly SshCall[];
}

function program(calls: string, refusal: string): string {
  return `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const { connect } = require('node:net');
const argv = process.argv.slice(2);
appendFileSync(${JSON.stringify(calls)}, JSON.stringify({ argv, env: process.env }) + '\\n');
const refusal = ${JSON.stringify(refusal)};
if (refusal !== '') {
  process.stderr.write(refusal + '\\n');
  process.exit(255);
}
const [host, port] = argv[argv.indexOf('-W') + 1].split(':');
const socket = connect(Number(port), host);
socket.on('error', (error) => {
  process.stderr.write('channel 0: open failed: connect failed: ' + error.code + '\\n');
  process.exit(255);
});
process.stdin.pipe(socket).pipe(process.stdout);
socket.on('close', () => process.exit(0));
`;
}

/** Writes the command into a folder. With a refusal it ends at once and says that. */
export function fakeSsh(folder: string, refusal = ''): FakeSsh {
  const calls = join(folder, 'calls');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ssh'), program(calls, refusal), { mode: 0o700 });
  return {
    folder,
    calls: () =>
      existsSync(calls)
        ? readFileSync(calls, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as SshCall)
        : [],
  };
}
