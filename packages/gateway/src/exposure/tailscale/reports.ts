/**
 * What the `tailscale` command reports, as far as it is used. Everything else in it is passed over;
 * what does not have the expected form counts as absent.
 *
 * @module
 */
import { isIP } from 'node:net';

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function at(value: unknown, name: string): unknown {
  const fields = fieldsOf(value);
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function textAt(value: unknown, name: string): string | undefined {
  const text = at(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The JSON of a report, undefined when it is none. */
export function parseReport(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The state of this machine in its tailnet. */
export interface TailnetStatus {
  /** `Running` when it is connected. */
  readonly state: string;
  /** Its own name, `host.tailnet.ts.net`, lower case. */
  readonly name: string | undefined;
  readonly addresses: readonly string[];
}

const TAILNET_NAME = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.ts\.net$/u;

/** Reads `tailscale status --json`. */
export function readStatus(report: unknown): TailnetStatus {
  const self = at(report, 'Self');
  const name = textAt(self, 'DNSName')?.toLowerCase().replace(/\.$/u, '');
  const addresses = at(self, 'TailscaleIPs');
  return {
    state: textAt(report, 'BackendState') ?? 'unknown',
    name: name !== undefined && TAILNET_NAME.test(name) ? name : undefined,
    addresses: Array.isArray(addresses)
      ? addresses.filter((address) => typeof address === 'string' && isIP(address) !== 0)
      : [],
  };
}

/** What is published on a name and port. */
export interface Published {
  /** Where requests for `/` go, when they go to another server. */
  readonly target: string | undefined;
  /** Whether `/` of that port, or the whole port, is used for anything. */
  readonly taken: boolean;
  /** Whether the port is open to the internet. */
  readonly funnel: boolean;
}

function publishedIn(config: unknown, place: string, port: number): Published {
  const root = at(at(at(at(config, 'Web'), place), 'Handlers'), '/');
  const tcp = at(at(config, 'TCP'), String(port));
  const isForwarded = tcp !== undefined && at(tcp, 'HTTPS') !== true;
  return {
    target: textAt(root, 'Proxy')?.replace(/\/$/u, ''),
    taken: root !== undefined || isForwarded,
    funnel: at(at(config, 'AllowFunnel'), place) === true,
  };
}

/** Reads `tailscale serve status --json`: what the foreground commands of others publish counts. */
export function readPublished(report: unknown, name: string, port: number): Published {
  const place = `${name}:${String(port)}`;
  const foreground = Object.values(fieldsOf(at(report, 'Foreground')));
  const all = [report, ...foreground].map((config) => publishedIn(config, place, port));
  return {
    target: all[0]?.target,
    taken: all.some(({ taken }) => taken),
    funnel: all.some(({ funnel }) => funnel),
  };
}

/** The login in `tailscale whois --json`. */
export function readLogin(report: unknown): string | undefined {
  return textAt(at(report, 'UserProfile'), 'LoginName');
}
