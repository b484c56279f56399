/**
 * How a gateway is reached beside its plain port: its certificate, its tailnet, and what it tells
 * the local network. Opened before the port is, published after, and taken back when it ends.
 *
 * @module
 */
import { hostname } from 'node:os';
import { join } from 'node:path';

import type { Logger } from '@portcullis/core';

import type { ConfigObject } from '../config/document/config-value.ts';
import { getPath } from '../config/document/key-path.ts';
import { type StatePaths, expandHome } from '../config/paths.ts';
import { Advertisement, type MdnsMode } from './mdns/advertisement.ts';
import { Publication, type PublishMode } from './tailscale/publication.ts';
import { TailscaleProgram } from './tailscale/program.ts';
import { type Tailnet, openTailnet } from './tailscale/tailnet.ts';
import { TlsIdentity } from './tls/identity.ts';

/** What an exposure is made of. */
export interface ExposureOptions {
  readonly config: ConfigObject;
  /** The address policy let the gateway listen on. */
  readonly bindHost: string;
  /** Whether that address is reachable from other machines. */
  readonly exposed: boolean;
  readonly paths: StatePaths;
  readonly version: string;
  /** `OPENCLAW_DISABLE_BONJOUR=1` keeps the gateway from telling the local network. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

/** How a gateway is reached, for people. */
export interface ExposureReport {
  /** Set where TLS is served. */
  readonly tls?: {
    readonly fingerprint: string;
    /** Until when its certificate is valid, milliseconds. */
    readonly validUntilMs: number;
    /** Whether nobody but the gateway itself vouches for it. */
    readonly selfMade: boolean;
  };
  /** Set where Tailscale publishes the gateway. */
  readonly tailscale?: { readonly mode: PublishMode; readonly url: string };
  /** Set where the local network is told. */
  readonly mdns?: { readonly mode: MdnsMode; readonly name: string };
}

/** Where the server listens. */
export interface Listening {
  readonly port: number;
  readonly tailnetPort: number | undefined;
}

/** The ways in of one gateway. */
export class Exposure {
  readonly tls: TlsIdentity | undefined;
  readonly tailnet: Tailnet | undefined;
  readonly #options: ExposureOptions;
  readonly #publication: Publication | undefined;
  readonly #warnings: string[] = [];
  #published: PublishMode | undefined;
  #advertisement: Advertisement | undefined;

  private constructor(
    options: ExposureOptions,
    ways: Pick<Exposure, 'tls' | 'tailnet'> & { readonly publication: Publication | undefined },
  ) {
    this.#options = options;
    this.tls = ways.tls;
    this.tailnet = ways.tailnet;
    this.#publication = ways.publication;
    if (ways.tls !== undefined) this.#warnings.push(...ways.tls.warnings());
  }

  /**
   * Reads the certificate, and finds Tailscale where the gateway is published through it. What an
   * earlier process left published is taken back.
   *
   * Rejects with `gateway.tls.*` and `gateway.tailscale.*`.
   */
  static async open(options: ExposureOptions): Promise<Exposure> {
    const tls = openTls(options);
    try {
      const publication = await clearPublication(options);
      const program = publication?.program;
      const isPublished = tailscaleMode(options.config) !== 'off';
      const tailnet = isPublished && program ? await openTailnet(program) : undefined;
      return new Exposure(options, { tls, tailnet, publication: publication?.publication });
    } catch (error) {
      tls?.close();
      throw error;
    }
  }

  /** What should be known: sentences. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /**
   * Publishes a server that listens.
   *
   * Rejects with `gateway.tailscale.taken` and `gateway.tailscale.failed`.
   */
  async publish({ port, tailnetPort }: Listening): Promise<void> {
    const mode = tailscaleMode(this.#options.config);
    if (mode !== 'off' && this.tailnet !== undefined && tailnetPort !== undefined) {
      await this.#publication?.publish(mode, this.tailnet.name, tailnetPort);
      this.#published = mode;
      if (!this.tailnet.tellsPeers) {
        this.#warnings.push(
          'This system cannot tell tailscaled from other programs: a Tailscale identity lets nobody in, a token does.',
        );
      }
    }
    await this.#advertise(port);
  }

  async #advertise(port: number): Promise<void> {
    const { config, bindHost, exposed, version, env, log } = this.#options;
    const mode = getPath(config, 'discovery.mdns.mode');
    if (mode !== 'minimal' && mode !== 'full') return;
    if (env['OPENCLAW_DISABLE_BONJOUR'] === '1') return;
    if (!exposed) {
      this.#warnings.push(
        'discovery.mdns.mode has no effect: nobody on the network can reach a gateway that listens on this machine only.',
      );
      return;
    }
    const tailnetName = this.tailnet?.name;
    const fingerprint = this.tls?.fingerprint;
    this.#advertisement = await Advertisement.begin({
      mode,
      bindHost,
      port,
      version,
      fingerprint,
      tailnetName,
      log,
    });
  }

  /** How the gateway is reached now. */
  report(): ExposureReport {
    const { tls } = this;
    const mdns = getPath(this.#options.config, 'discovery.mdns.mode') === 'full';
    return {
      ...(tls !== undefined && {
        tls: {
          fingerprint: tls.fingerprint,
          validUntilMs: tls.validUntil.getTime(),
          selfMade: tls.selfMade,
        },
      }),
      ...(this.#published !== undefined &&
        this.tailnet !== undefined && {
          tailscale: { mode: this.#published, url: `https://${this.tailnet.name}/` },
        }),
      ...(this.#advertisement !== undefined && {
        mdns: { mode: mdns ? 'full' : 'minimal', name: this.#advertisement.name } as const,
      }),
    };
  }

  /** Takes back everything that was published. Never rejects. */
  async close(): Promise<void> {
    this.tls?.close();
    await Promise.all([
      this.#published === undefined ? undefined : this.#publication?.withdraw(),
      this.#advertisement?.withdraw(),
    ]);
  }
}

function tailscaleMode(config: ConfigObject): PublishMode | 'off' {
  const mode = getPath(config, 'gateway.tailscale.mode');
  return mode === 'serve' || mode === 'funnel' ? mode : 'off';
}

/** Finds Tailscale where it is needed, be it only to clear up after a process that was killed. */
async function clearPublication({
  config,
  paths,
  log,
}: ExposureOptions): Promise<
  { readonly publication: Publication; readonly program: TailscaleProgram } | undefined
> {
  const file = join(paths.stateDbDir, 'tailscale.json');
  const isWanted = tailscaleMode(config) !== 'off';
  if (!isWanted && !Publication.isLeft(file)) return undefined;
  const configured = getPath(config, 'gateway.tailscale.binary');
  try {
    const program = TailscaleProgram.find(typeof configured === 'string' ? configured : undefined);
    const publication = new Publication({ program, file, log });
    await publication.withdraw();
    return { publication, program };
  } catch (error) {
    if (isWanted) throw error;
    log.error({ error }, 'tailscale still publishes a gateway that was killed');
    return undefined;
  }
}

function openTls(options: ExposureOptions): TlsIdentity | undefined {
  const { config, paths, bindHost, log } = options;
  if (getPath(config, 'gateway.tls.enabled') !== true) return undefined;
  const path = (key: string): string | undefined => {
    const value = getPath(config, `gateway.tls.${key}`);
    return typeof value === 'string' ? expandHome(value, paths.home) : undefined;
  };
  return TlsIdentity.open({
    certPath: path('certPath'),
    keyPath: path('keyPath'),
    caPath: path('caPath'),
    mayMake: getPath(config, 'gateway.tls.autoGenerate') !== false,
    directory: join(paths.stateDir, 'tls'),
    names: ownNames(bindHost),
    log,
  });
}

/** What a certificate made here is valid for. */
function ownNames(bindHost: string): readonly string[] {
  const wildcard = bindHost === '0.0.0.0' || bindHost === '::';
  const host = hostname().toLowerCase();
  const isName = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/u.test(host);
  return [
    ...new Set([
      'localhost',
      '127.0.0.1',
      '::1',
      ...(isName ? [host, ...(host.includes('.') ? [] : [`${host}.local`])] : []),
      ...(wildcard ? [] : [bindHost]),
    ]),
  ];
}
