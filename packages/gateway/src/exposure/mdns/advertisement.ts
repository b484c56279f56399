/**
 * Tells the local network where the gateway is, where the operator asks for it.
 *
 * Promises: what is told is that there is a gateway, on which port, and by which certificate it is
 * known; nothing of the machine beside that unless `full` is asked for, and never a secret or a
 * path. Questions are answered to the group and never to an address, so that nobody can have
 * answers sent to somebody else. Nothing here is ever believed by the gateway itself.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';

import type { Logger } from '@portcullis/core';
import type { MulticastDNS, Options, ResponseOutgoingPacket } from 'multicast-dns';

type Answer = ResponseOutgoingPacket['answers'][number];

/** How much is told. */
export type MdnsMode = 'minimal' | 'full';

/** What is advertised. */
export interface AdvertisementOptions {
  readonly mode: MdnsMode;
  /** The address the gateway listens on; a wildcard stands for every network of this machine. */
  readonly bindHost: string;
  readonly port: number;
  /** SHA-256 of the certificate, where TLS is served. */
  readonly fingerprint?: string | undefined;
  /** For `full`. */
  readonly version: string;
  /** For `full`: this machine's name in its tailnet. */
  readonly tailnetName?: string | undefined;
  readonly log: Logger;
  /** Options of every responder, for tests. */
  readonly responder?: Options;
}

const SERVICE = '_openclaw-gw._tcp.local';
const SERVICES = '_services._dns-sd._udp.local';
const TTL_SECONDS = 120;
const AGAIN_MS = 1000;

/** What is on the local network until it is withdrawn. */
export class Advertisement {
  /** The name of the service, as others see it. */
  readonly name: string;
  readonly #responders: readonly Responder[];

  private constructor(name: string, responders: readonly Responder[]) {
    this.name = name;
    this.#responders = responders;
  }

  /** Starts to answer, and says so once. The library is loaded only here. */
  static async begin(options: AdvertisementOptions): Promise<Advertisement> {
    const { default: multicastDns } = await import('multicast-dns');
    const unnamed = `openclaw-${randomBytes(3).toString('hex')}`;
    const name = options.mode === 'full' ? plain(hostname()) : unnamed;
    const responders = networksOf(options.bindHost).map((address) => {
      const dns = multicastDns({ interface: address, bind: '0.0.0.0', ...options.responder });
      return new Responder(dns, recordsOf(name, `${unnamed}.local`, address, options), options.log);
    });
    for (const responder of responders) responder.announce();
    return new Advertisement(name, responders);
  }

  /** Tells everybody that it is gone, and stops answering. */
  async withdraw(): Promise<void> {
    await Promise.all(this.#responders.map((responder) => responder.withdraw()));
  }
}

interface Records {
  readonly pointer: Answer;
  readonly kind: Answer;
  readonly details: readonly Answer[];
}

/** Answers on one network. */
class Responder {
  readonly #dns: MulticastDNS;
  readonly #records: Records;
  #answeredAt = -Infinity;

  constructor(dns: MulticastDNS, records: Records, log: Logger) {
    this.#dns = dns;
    this.#records = records;
    dns.on('warning', (error: Error) => log.debug({ error }, 'mdns'));
    dns.on('error', (error: Error) => log.warn({ error }, 'mdns: nothing is advertised'));
    dns.on('query', ({ questions = [] }) => {
      const asked = questions.some(({ name, type }) => this.#isAbout(name, type));
      if (asked && performance.now() - this.#answeredAt >= AGAIN_MS) this.announce();
    });
  }

  #isAbout(name: string, type: string): boolean {
    const wanted = name.toLowerCase();
    const { pointer, kind, details } = this.#records;
    return [pointer, kind, ...details].some(
      (record) => record.name.toLowerCase() === wanted && (type === 'ANY' || type === record.type),
    );
  }

  announce(): void {
    this.#answeredAt = performance.now();
    const { pointer, kind, details } = this.#records;
    this.#dns.respond({ answers: [pointer, kind], additionals: [...details] });
  }

  withdraw(): Promise<void> {
    const { pointer, details } = this.#records;
    const gone = [pointer, ...details].map((record) => ({ ...record, ttl: 0 }) as Answer);
    return new Promise((resolve) => {
      this.#dns.respond({ answers: gone }, () => this.#dns.destroy(() => resolve()));
    });
  }
}

function recordsOf(
  name: string,
  host: string,
  address: string,
  options: AdvertisementOptions,
): Records {
  const instance = `${name}.${SERVICE}`;
  const ttl = TTL_SECONDS;
  return {
    pointer: { name: SERVICE, type: 'PTR', ttl, data: instance },
    kind: { name: SERVICES, type: 'PTR', ttl, data: SERVICE },
    details: [
      { name: instance, type: 'SRV', ttl, data: { port: options.port, target: host } },
      { name: instance, type: 'TXT', ttl, data: textOf(options) },
      { name: host, type: 'A', ttl, data: address },
    ],
  };
}

function textOf(options: AdvertisementOptions): string[] {
  const { mode, port, fingerprint, version, tailnetName } = options;
  const facts = ['role=gateway', 'transport=gateway', `gatewayPort=${String(port)}`];
  if (fingerprint !== undefined) {
    facts.push('gatewayTls=1', `gatewayTlsSha256=${fingerprint.replaceAll(':', '').toLowerCase()}`);
  }
  if (mode === 'minimal') return facts;
  facts.push(`displayName=${hostname()}`, `version=${version}`);
  if (tailnetName !== undefined) facts.push(`tailnetDns=${tailnetName}`);
  return facts;
}

/** A name that is one label. */
function plain(text: string): string {
  return text.split('.', 1)[0]?.slice(0, 60) ?? 'openclaw';
}

/** The addresses of the networks that are told. A tailnet carries no multicast. */
function networksOf(bindHost: string): readonly string[] {
  if (bindHost !== '0.0.0.0' && bindHost !== '::') return [bindHost];
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? [])
      .filter(({ family, internal, address }) => {
        const [first, second = 0] = address.split('.').map(Number);
        const isShared = first === 100 && second >= 64 && second < 128;
        return family === 'IPv4' && !internal && !isShared;
      })
      .map(({ address }) => address),
  );
}
