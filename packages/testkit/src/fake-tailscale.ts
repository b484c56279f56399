/**
 * A `tailscale` command that publishes nothing and writes down how it was called.
 *
 * It is a program of its own, so that what is tested is the way a real one is started: its
 * arguments, its environment, its time.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One call of the command. */
export interface TailscaleCall {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What the command answers. */
export interface FakeTailscaleState {
  /** As `tailscale status` says it. Default `Running`. */
  readonly backend?: string;
  /** This machine's name. Default `gate.tail1234.ts.net`. */
  readonly name?: string;
  /** What is published, as `tailscale serve status --json` prints it. Default: nothing. */
  readonly served?: object;
  /** Login by address, for `whois`. */
  readonly logins?: Readonly<Record<string, string>>;
  /** What `serve` and `funnel` say instead of publishing. */
  readonly refusal?: string;
  /** Milliseconds every call takes. */
  readonly delayMs?: number;
}

/** A fake command. */
export interface FakeTailscale {
  /** The program. */
  readonly path: string;
  /** Every call so far, in order. */
  calls(): readonly TailscaleCall[];
  /** The arguments of the calls that change what is published. */
  changes(): readonly string[];
  /** What is published. */
  served(): unknown;
  /** Changes what it answers. */
  set(state: FakeTailscaleState): void;
}

function program(directory: string): string {
  return `#!${process.execPath}
'use strict';
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const directory = ${JSON.stringify(directory)};
const argv = process.argv.slice(2);
appendFileSync(directory + '/calls', JSON.stringify({ argv, env: process.env, cwd: process.cwd() }) + '\\n');
const state = JSON.parse(readFileSync(directory + '/state', 'utf8'));
const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
const fail = (text) => { process.stderr.write(text + '\\n'); process.exitCode = 1; };
const read = () => JSON.parse(readFileSync(directory + '/served', 'utf8'));
const write = (served) => writeFileSync(directory + '/served', JSON.stringify(served));
function answer() {
  const [command, ...rest] = argv;
  if (command === 'status') {
    return say({ BackendState: state.backend, Self: { DNSName: state.name + '.', TailscaleIPs: ['100.64.0.1'] } });
  }
  if (command === 'whois') {
    const login = state.logins[rest[1]];
    return login === undefined ? fail('peer not found') : say({ UserProfile: { LoginName: login } });
  }
  if (rest.join(' ') === 'status --json') return say(read());
  const place = state.name + ':443';
  const served = read();
  if (rest[1] === 'off') {
    delete served.Web?.[place]?.Handlers?.['/'];
    if (served.AllowFunnel) delete served.AllowFunnel[place];
    return write(served);
  }
  if (state.refusal !== '') return fail(state.refusal);
  served.TCP = { ...served.TCP, 443: { HTTPS: true } };
  served.Web = { ...served.Web };
  served.Web[place] = { Handlers: { ...served.Web[place]?.Handlers, '/': { Proxy: rest[2] } } };
  if (command === 'funnel') served.AllowFunnel = { ...served.AllowFunnel, [place]: true };
  write(served);
}
setTimeout(answer, state.delayMs);
`;
}

/** Writes the command into a directory. */
export function fakeTailscale(directory: string, state: FakeTailscaleState = {}): FakeTailscale {
  const path = join(directory, 'tailscale');
  const calls = join(directory, 'calls');
  const served = join(directory, 'served');
  const set = (next: FakeTailscaleState): void => {
    const { backend = 'Running', name = 'gate.tail1234.ts.net', logins = {} } = next;
    const { refusal = '', delayMs = 0 } = next;
    const text = JSON.stringify({ backend, name, logins, refusal, delayMs });
    writeFileSync(join(directory, 'state'), text);
    if (next.served !== undefined) writeFileSync(served, JSON.stringify(next.served));
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, program(directory), { mode: 0o700 });
  writeFileSync(served, '{}');
  set(state);
  const all = (): readonly TailscaleCall[] =>
    existsSync(calls)
      ? readFileSync(calls, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as TailscaleCall)
      : [];
  return {
    path,
    calls: all,
    changes: () =>
      all()
        .map(({ argv }) => argv.join(' '))
        .filter((call) => /^(?:serve|funnel) (?!status)/u.test(call)),
    served: () => JSON.parse(readFileSync(served, 'utf8')) as unknown,
    set,
  };
}
