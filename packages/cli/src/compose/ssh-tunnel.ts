/**
 * The way to a gateway through SSH: the `ssh` of this machine carries one connection over its
 * standard input and output. Nothing listens on this machine meanwhile, so no other user of it can
 * go the same way.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { PortcullisError } from '@portcullis/core';
import type { Environment } from '@portcullis/gateway/config';

/** Where a tunnel leads. */
export interface TunnelRoute {
  /** `user@host`, without a port. */
  readonly login: string;
  readonly sshPort?: number;
  /** Path of the only key file that is used. */
  readonly identity?: string;
  /** Port on the loopback address of the other side. */
  readonly port: number;
}

/** A tunnel that carries one connection. */
export interface Tunnel {
  readonly stream: Duplex;
  /**
   * Ends a tunnel whose connection did not come about for `cause`. Rejects with `gateway.ssh_failed`
   * where that is because of SSH.
   */
  end(cause: unknown): Promise<void>;
  close(): void;
}

/** A user and a host, as SSH and its config take them. Begins with no dash, so it is no option. */
const TARGET =
  /^(?<login>(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,63}@)?(?:[A-Za-z0-9][A-Za-z0-9._-]{0,252}|\[[0-9A-Fa-f:]{2,45}\]))(?::(?<port>\d{1,5}))?$/u;

/** What SSH needs of the environment; secrets of gateways stay here. */
const PASSED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SSH_AUTH_SOCK', 'LANG', 'SystemRoot'] as const;

/** How long SSH may take to say why it ended. */
const EXPLAIN_MS = 1000;
const MAX_SAID = 4000;

/**
 * Reads `user@host:port`.
 *
 * @throws PortcullisError `gateway.ssh_target`.
 */
export function readTarget(text: string): Pick<TunnelRoute, 'login' | 'sshPort'> {
  const { login, port } = TARGET.exec(text)?.groups ?? {};
  const sshPort = port === undefined ? undefined : Number(port);
  if (login !== undefined && (sshPort === undefined || (sshPort > 0 && sshPort < 65_536))) {
    return {
      login: login.replaceAll(/[[\]]/gu, ''),
      ...(sshPort !== undefined && { sshPort }),
    };
  }
  throw new PortcullisError('gateway.ssh_target', 'gateway.remote.sshTarget names no SSH host.', {
    hint: 'Write it as user@host or user@host:port.',
  });
}

/** The words of the call, every one of them. */
export function sshArguments({ login, sshPort, identity, port }: TunnelRoute): readonly string[] {
  const options = [
    // A question would wait for nobody, and an unknown host is never believed.
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=10',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    // A shared connection would outlive this one, or be somebody else's.
    'ControlMaster=no',
    'ControlPath=none',
    'PermitLocalCommand=no',
    ...(identity === undefined ? [] : ['IdentitiesOnly=yes']),
  ];
  return [
    '-a',
    '-x',
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    ...(sshPort === undefined ? [] : ['-p', String(sshPort)]),
    ...(identity === undefined ? [] : ['-i', identity]),
    '-W',
    `127.0.0.1:${String(port)}`,
    '--',
    login,
  ];
}

function environmentOf(env: Environment): Record<string, string> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Opens a tunnel. What goes wrong with it shows as the end of its stream. */
export function openTunnel(route: TunnelRoute, env: Environment): Tunnel {
  return new SshTunnel(route, env);
}

class SshTunnel implements Tunnel {
  readonly stream: Duplex;
  readonly #route: TunnelRoute;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended = Promise.withResolvers<void>();
  #said = '';
  #isMissing = false;

  constructor(route: TunnelRoute, env: Environment) {
    this.#route = route;
    const child = spawn('ssh', sshArguments(route), {
      env: environmentOf(env),
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C is for the command, which ends the tunnel last.
      detached: true,
    });
    this.#child = child;
    this.stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
    // The socket above it tells of its end.
    this.stream.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-MAX_SAID);
    });
    child.once('close', () => this.#ended.resolve());
    child.once('error', () => {
      this.#isMissing = true;
      this.stream.destroy();
      this.#ended.resolve();
    });
  }

  async end(cause: unknown): Promise<void> {
    const controller = new AbortController();
    const late = sleep(EXPLAIN_MS, undefined, { signal: controller.signal });
    await Promise.race([this.#ended.promise, late.catch(() => undefined)]);
    controller.abort();
    if (this.#isMissing) throw missing();
    // An end that is none of its own: SSH was there, and the gateway behind it was not.
    const { exitCode } = this.#child;
    this.close();
    if ((exitCode ?? 0) !== 0) throw failed(this.#route, this.#said, cause);
  }

  close(): void {
    this.stream.destroy();
    this.#child.kill('SIGTERM');
  }
}

function missing(): PortcullisError {
  return new PortcullisError('gateway.ssh_failed', 'The ssh command cannot be started.', {
    hint: 'Install an OpenSSH client, or use another gateway.remote.transport.',
  });
}

function failed(route: TunnelRoute, said: string, cause: unknown): PortcullisError {
  const last = said.trim().split(/\r?\n/u).at(-1)?.trim() ?? '';
  const port = route.sshPort === undefined ? '' : ` -p ${String(route.sshPort)}`;
  const hint = /host key|authenticity/iu.test(said)
    ? `Log in once by hand and compare the key of the host: ssh${port} ${route.login}`
    : /permission denied/iu.test(said)
      ? 'Load a key into ssh-agent that the host knows, or name it in gateway.remote.sshIdentity.'
      : `Try it by hand: ssh${port} ${route.login}`;
  const why = last === '' ? 'It did not say why.' : last;
  return new PortcullisError('gateway.ssh_failed', `SSH does not reach the gateway: ${why}`, {
    hint,
    cause,
  });
}
