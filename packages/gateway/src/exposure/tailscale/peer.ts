/**
 * Whether a connection from this machine was made by tailscaled.
 *
 * Any program of the machine can connect to a port of it. On Linux the kernel says which user owns
 * the other end: tailscaled runs as root, or as the user of the gateway. Whoever is one of these two
 * can read the gateway's secrets anyhow; nobody else is taken for tailscaled.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

const TABLE = '/proc/net/tcp';

/** The state of a connection with a program at either end, as the table spells it. */
const ESTABLISHED = '01';

/** Tells tailscaled from other programs. */
export class PeerOwners {
  readonly #read: () => Promise<string>;
  readonly #isTrusted: (uid: number) => boolean;
  #current: Promise<string> | undefined;
  #next: Promise<string> | undefined;

  /** By default the kernel's own table is read, and root and the user of this process count. */
  constructor(
    read: () => Promise<string> = () => readFile(TABLE, 'utf8'),
    isTrusted: (uid: number) => boolean = (uid) => uid === 0 || uid === process.getuid?.(),
  ) {
    this.#read = read;
    this.#isTrusted = isTrusted;
  }

  /** Whether the owner of the other end is one that tailscaled runs as. Never rejects. */
  async isTailscaled(socket: Pick<Socket, PeerFields>): Promise<boolean> {
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    const theirs = endOf(remoteAddress, remotePort);
    const ours = endOf(localAddress, localPort);
    if (theirs === undefined || ours === undefined) return false;
    try {
      const uid = ownerOf(await this.#table(), theirs, ours);
      return uid !== undefined && this.#isTrusted(uid);
    } catch {
      return false;
    }
  }

  /** A table that was read from now on: those who ask while one is being read share the next one. */
  #table(): Promise<string> {
    if (this.#current === undefined) {
      const reading = this.#read().finally(() => {
        this.#current = undefined;
      });
      this.#current = reading;
      return reading;
    }
    const again = (): Promise<string> => {
      this.#next = undefined;
      return this.#table();
    };
    this.#next ??= this.#current.then(again, again);
    return this.#next;
  }
}

type PeerFields = 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort';

/** An IPv4 end as the table spells it: the bytes of the address backwards, in hex. */
function endOf(address: string | undefined, port: number | undefined): string | undefined {
  const bytes = address
    ?.replace(/^::ffff:/u, '')
    .split('.')
    .map(Number);
  if (bytes?.length !== 4 || port === undefined) return undefined;
  const hex = bytes.toReversed().map((byte) => byte.toString(16).padStart(2, '0'));
  return `${hex.join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

/** The user who owns the end `theirs` of a connection with `ours`. */
function ownerOf(table: string, theirs: string, ours: string): number | undefined {
  const at = table.indexOf(` ${theirs} ${ours} `);
  if (at === -1) return undefined;
  const end = table.indexOf('\n', at);
  // After the two ends: state, queues, timer, retransmits, user.
  const fields = table
    .slice(at, end === -1 ? undefined : end)
    .trim()
    .split(/\s+/u);
  // An end that its program has closed belongs to nobody any more, and the table says root.
  if (fields[2] !== ESTABLISHED) return undefined;
  const uid = Number(fields[6]);
  return Number.isInteger(uid) ? uid : undefined;
}
