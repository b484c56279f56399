/**
 * Whether a port can be listened on, and who does.
 *
 * @module
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/** What became of trying to listen. */
export type PortUse =
  | { readonly kind: 'free' }
  | {
      readonly kind: 'taken';
      /** The process that listens, where this user may see it. */
      readonly pid: number | undefined;
      /** What it is called. */
      readonly name: string | undefined;
    }
  /** The address cannot be listened on for another reason: its code. */
  | { readonly kind: 'refused'; readonly code: string };

const LISTENING = '0A';

/** Listens for a moment, and looks for the listener where that is refused. */
export async function portUse(host: string, port: number): Promise<PortUse> {
  const code = await tryListening(host, port);
  if (code === undefined) return { kind: 'free' };
  if (code !== 'EADDRINUSE') return { kind: 'refused', code };
  const pid = listenerOf(port);
  return { kind: 'taken', pid, name: pid === undefined ? undefined : nameOf(pid) };
}

function tryListening(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

/** The process that listens on a port, as Linux tells it; undefined elsewhere or for other users. */
function listenerOf(port: number): number | undefined {
  const sockets = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => inodes(file, port)),
  );
  if (sockets.size === 0) return undefined;
  return namesIn('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .find((pid) => holds(pid, sockets));
}

/** Sockets of a table that listen on a port, as links to them read. */
function inodes(file: string, port: number): readonly string[] {
  const lines = textOf(file).split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/u);
    const isIt = state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
    return isIt && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
}

function holds(pid: number, sockets: ReadonlySet<string>): boolean {
  return namesIn(`/proc/${pid}/fd`).some((name) => {
    try {
      return sockets.has(readlinkSync(`/proc/${pid}/fd/${name}`));
    } catch {
      return false;
    }
  });
}

function nameOf(pid: number): string | undefined {
  const name = textOf(`/proc/${pid}/comm`).trim();
  return name === '' ? undefined : name;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
