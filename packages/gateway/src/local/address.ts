/**
 * Where the gateway that owns a state directory listens: written while it runs, so that a command
 * finds it whatever port it was given.
 *
 * @module
 */
import { readFileSync, rmSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { type StatePaths, replaceFile } from '../config/index.ts';
import type { ExposureReport } from '../exposure/exposure.ts';

/** Where a gateway listens. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
  /**
   * Lets commands of this machine in, whatever clients elsewhere have to show. Made at every start;
   * whoever can read this file could read every secret beside it.
   */
  readonly key?: string;
  /** SHA-256 of the certificate it shows; undefined where it speaks in the clear. */
  readonly tls?: string | undefined;
  /** Where Tailscale publishes it. */
  readonly tailscale?: ExposureReport['tailscale'];
  /** What the local network is told of it. */
  readonly mdns?: ExposureReport['mdns'];
}

function fileOf(paths: StatePaths): string {
  return join(paths.stateDbDir, 'address.json');
}

/** Writes where this gateway listens. */
export function writeAddress(paths: StatePaths, address: GatewayAddress): void {
  replaceFile(fileOf(paths), JSON.stringify(address));
}

/** Removes the note. */
export function removeAddress(paths: StatePaths): void {
  rmSync(fileOf(paths), { force: true });
}

/** Where the running gateway listens; undefined when it has not said so (yet). */
export function readAddress(paths: StatePaths): GatewayAddress | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(fileOf(paths), 'utf8'));
    if (typeof value !== 'object' || value === null || !('host' in value) || !('port' in value))
      return undefined;
    const { host, port } = value;
    if (typeof host !== 'string' || typeof port !== 'number') return undefined;
    // What cannot be read is not guessed: nothing is sent in the clear because of it.
    if ('tls' in value && typeof value.tls !== 'string') return undefined;
    if ('key' in value && typeof value.key !== 'string') return undefined;
    // Written by this program for the user who reads it; the rest of it is only shown.
    return value as GatewayAddress;
  } catch {
    return undefined;
  }
}

/**
 * The address to connect to: a gateway that listens everywhere is reached on loopback.
 *
 * Throws `gateway.unreachable` for an address of another machine: the connection is not encrypted,
 * so the token never leaves this one.
 */
export function dialable({ host, port }: GatewayAddress): string {
  const target = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  if (!isOfThisMachine(target)) {
    throw new PortcullisError(
      'gateway.unreachable',
      'What the gateway wrote down as its address is not on this machine; nothing was sent there.',
      { hint: 'Stop the gateway and start it again with: openclaw gateway run' },
    );
  }
  return `${target.includes(':') ? `[${target}]` : target}:${String(port)}`;
}

/** Where the page of a gateway is opened on this machine. Throws `gateway.unreachable`. */
export function pageUrl(address: GatewayAddress): string {
  return `${address.tls === undefined ? 'http' : 'https'}://${dialable(address)}/`;
}

/** Whether commands of this machine reach it as such: only then does their key let them in. */
export function isLoopback(address: GatewayAddress): boolean {
  return /^(?:127\.|\[::1\]:)/u.test(dialable(address));
}

function isOfThisMachine(host: string): boolean {
  if (isIPv4(host) && host.startsWith('127.')) return true;
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return host === '::1' || own.some(({ address }) => address === host);
}
