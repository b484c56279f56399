/**
 * `openclaw dashboard`: signs the owner's browser in while the gateway runs, else says where the chat
 * page is and how to log in. The gateway's secret is shown only when it is asked for, and is never
 * part of an address.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type LoadedConfig,
  createSecrets,
  getPath,
  loadConfig,
  parseSecretRef,
} from '@portcullis/gateway/config';

import type { CommandHandler, Invocation } from '../command.ts';
import { pageUrl as addressOf, readAddress } from '@portcullis/gateway/local';
import { decidePort } from '@portcullis/gateway/local';
import { type GatewaySecrets, gatewaySecrets } from '@portcullis/gateway/local';
import { signIn } from './sign-in-link.ts';

function pageUrl({ context }: Invocation, config: LoadedConfig): string {
  const remote = getPath(config.value, 'gateway.remote.url');
  if (getPath(config.value, 'gateway.mode') === 'remote' && typeof remote === 'string') {
    const url = URL.parse(remote.replace(/^ws/, 'http'));
    if (url !== null) return `${url.origin}${url.pathname}`;
  }
  const published = getPath(config.value, 'gateway.publicOrigin');
  const isProxied = getPath(config.value, 'gateway.auth.mode') === 'trusted-proxy';
  // Where a proxy vouches for people, nobody gets in beside it.
  if (isProxied && typeof published === 'string') return `${published}/`;
  const port = decidePort(config, undefined);
  const address = readAddress(context.paths) ?? { host: '127.0.0.1', port };
  return addressOf(address);
}

/** Where the secret to log in with is, in words. */
function whereIs(config: LoadedConfig, { token, password, standInFile }: GatewaySecrets): string {
  if (standInFile !== undefined) return `the token in ${standInFile}`;
  const [kind, secret] =
    token === undefined ? (['password', password] as const) : (['token', token] as const);
  if (secret === undefined) return 'a token, which is not set yet: openclaw gateway run makes one';
  const key = `gateway.auth.${kind}`;
  if (parseSecretRef(getPath(config.value, key)) !== undefined) {
    return `the ${kind} that ${key} in ${config.path} refers to`;
  }
  const isVariable = secret.origin.startsWith('env:');
  return `the ${kind} ${isVariable ? `in ${secret.origin.slice(4)}` : `at ${key} in ${config.path}`}`;
}

function revealed({ token, password }: GatewaySecrets): string {
  const secret = token ?? password;
  if (secret !== undefined) return secret.reveal();
  throw new PortcullisError('dashboard.no_secret', 'There is no token to log in with.', {
    hint: 'The first "openclaw gateway run" makes one; else set gateway.auth.token.',
  });
}

/** `openclaw dashboard`. */
export const showDashboard: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const { env, paths } = context;
  const config = loadConfig({ env, paths });
  const secrets = gatewaySecrets(createSecrets(config, config.env, paths), paths, false);
  if (input.flag('token')) {
    if (context.stdout.isTTY !== true && !input.flag('yes')) {
      throw new PortcullisError('usage.confirmation', 'The token is only shown on a terminal.', {
        hint: 'Add --yes to hand it to another program.',
      });
    }
    const secret = revealed(secrets);
    if (json) out.json({ ok: true, token: secret });
    else out.line(secret);
    return;
  }
  const url = input.text('url') ?? pageUrl(invocation, config);
  const isPerson = context.stdout.isTTY === true && !json;
  if (readAddress(paths) !== undefined && (isPerson || input.flag('yes'))) {
    await signIn(invocation, url, isPerson && !input.flag('no-open') ? 'open' : 'print');
    return;
  }
  const login = whereIs(config, secrets);
  if (json) {
    out.json({ ok: true, url, login, running: readAddress(paths) !== undefined });
    return;
  }
  out.line(url);
  out.line(`Log in with ${login}.`);
  out.note('openclaw dashboard --token shows it.');
};
