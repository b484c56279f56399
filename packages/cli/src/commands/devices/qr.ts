/**
 * `openclaw qr`: a code that pairs one device, to be scanned or typed.
 *
 * @module
 */
import { networkInterfaces } from 'node:os';

import { PortcullisError } from '@portcullis/core';
import { type LoadedConfig, getPath, loadConfig } from '@portcullis/gateway/config';
import { decidePort, readAddress } from '@portcullis/gateway/local';
import { classifyAddress } from '@portcullis/policy/network';
import { renderUnicodeCompact } from 'uqr';

import type { CommandHandler, Invocation } from '../../command.ts';
import { withOperator } from '../operator-session.ts';

/** An address that other machines in the same network reach this one at. */
function ownAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

/** Where the gateway elsewhere that this machine uses is reached; undefined behind a tunnel. */
function remoteAddress({ context }: Invocation, config: LoadedConfig): string | undefined {
  // A gateway that the environment names is not the one of the config.
  if ((context.env['OPENCLAW_GATEWAY_URL'] ?? '') !== '') return undefined;
  const url = getPath(config.value, 'gateway.remote.url');
  const host = typeof url === 'string' ? (URL.parse(url)?.hostname ?? '') : '';
  const name = host.replaceAll(/^\[|\]$/gu, '');
  const isHere = name === '' || name === 'localhost' || classifyAddress(name) === 'loopback';
  return typeof url === 'string' && !isHere ? url : undefined;
}

/** The address of a gateway that listens beyond this machine; undefined for one that does not. */
function reachableAt({ context }: Invocation, config: LoadedConfig): string | undefined {
  const { host, port } = readAddress(context.paths) ?? {
    host: '127.0.0.1',
    port: decidePort(config, undefined),
  };
  const named = host === '0.0.0.0' || host === '::' ? ownAddress() : host;
  if (named === undefined || classifyAddress(named) === 'loopback') return undefined;
  const scheme = getPath(config.value, 'gateway.tls.enabled') === true ? 'wss' : 'ws';
  return `${scheme}://${named.includes(':') ? `[${named}]` : named}:${String(port)}`;
}

function notReachable(): PortcullisError {
  return new PortcullisError(
    'device.address_unknown',
    'The gateway listens on this machine only, so no other device could reach it.',
    { hint: 'Name the address it is published at: openclaw qr --url wss://gate.example' },
  );
}

/** A code may go over a network that is private, or over one that is encrypted. */
function requireSafe(address: string): string {
  const url = URL.parse(address);
  const name = url?.hostname.replaceAll(/^\[|\]$/gu, '') ?? '';
  const kind = classifyAddress(name);
  const isPrivate =
    kind === 'private' ||
    kind === 'ula' ||
    kind === 'loopback' ||
    kind === 'link_local' ||
    name === 'localhost' ||
    name.endsWith('.local');
  const isSafe = url?.protocol === 'wss:' || url?.protocol === 'https:';
  if (url !== null && (isSafe || (/^(?:ws|http):$/u.test(url.protocol) && isPrivate)))
    return address;
  throw new PortcullisError(
    'device.address_unsafe',
    'A setup code for that address would travel where others can read it.',
    { hint: 'Use a wss:// or https:// address; plain ones are for private networks.' },
  );
}

/** `openclaw qr`. */
export const showQr: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask, elsewhere }) => {
    const { context, input, out, json } = invocation;
    const config = loadConfig({ env: context.env, paths: context.paths });
    const isNode = input.flag('node');
    if (context.stdout.isTTY !== true && !json && !input.flag('yes')) {
      throw new PortcullisError('usage.confirmation', 'A setup code is only shown on a terminal.', {
        hint: 'Add --yes or --json to hand it to another program.',
      });
    }
    const origin = getPath(config.value, 'gateway.publicOrigin');
    const found = (): string | undefined =>
      elsewhere === undefined ? reachableAt(invocation, config) : remoteAddress(invocation, config);
    const published = typeof origin === 'string' && elsewhere === undefined ? origin : found();
    const address = input.text('url') ?? published;
    if (address === undefined) throw notReachable();
    const profile = isNode ? 'node' : input.flag('full') ? undefined : 'limited';
    const made = await ask('device.pair.setupCode', {
      publicUrl: requireSafe(address),
      ...(profile === undefined ? {} : { bootstrapProfile: profile }),
    });
    if (json) {
      out.json({ ok: true, ...made });
      return;
    }
    if (input.flag('setup-code-only')) {
      out.line(made.setupCode);
      return;
    }
    if (!input.flag('no-ascii')) {
      for (const line of renderUnicodeCompact(made.setupCode, { ecc: 'L' }).split('\n'))
        out.line(line);
    }
    out.line(`Gateway     ${made.gatewayUrl}`);
    out.line(`Setup code  ${made.setupCode}`);
    const minutes = Math.round((made.expiresAtMs - Date.now()) / 60_000);
    out.note(`It pairs one device, once, within ${minutes} minutes. Take it back with:`);
    out.note(`openclaw devices reject ${made.setupId}`);
  });
