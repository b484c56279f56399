/**
 * `openclaw channels add`: sets an account up, its secrets kept where secrets belong.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigEdit,
  type ConfigObject,
  type ConfigValue,
  formatPath,
  getPath,
  isConfigObject,
  loadConfig,
} from '@portcullis/gateway/config';

import {
  KNOWN_CHANNELS,
  type KnownChannel,
  type TokenWay,
  knownChannel,
} from '../../channels/known.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { hasChannel } from '../../compose/packages.ts';
import { quote } from '../../parse/fault.ts';
import { printOutcome } from '../config/change.ts';
import { type ChangedWithSecrets, changeWithSecrets } from '../secrets/change.ts';
import { keepIn } from '../secrets/given.ts';
import { notInstalled } from './control.ts';
import { requireTaken, secretsOf, wayOf } from './account-secrets.ts';
import { namedChannel } from './which.ts';

const ACCOUNT = /^[A-Za-z0-9][\w-]{0,63}$/u;

/** The channel to set up. Unlike elsewhere, the only one of the config is not meant. */
function channelOf(invocation: Invocation): KnownChannel {
  const id = namedChannel(invocation);
  if (id !== undefined) return knownChannel(id);
  throw new PortcullisError('usage.missing', 'Which channel is not said.', {
    hint: `Name one: ${KNOWN_CHANNELS.map((each) => each.id).join(', ')}.`,
  });
}

function accountOf({ input }: Invocation): string | undefined {
  const account = input.text('account');
  if (account === undefined || ACCOUNT.test(account)) return account;
  throw new PortcullisError('usage.invalid_value', `${quote(account)} is no name of an account.`, {
    hint: 'Letters, digits, "_" and "-", at most 64.',
  });
}

/** Where an account is, and what must be there for its channel to keep the accounts it has. */
interface Place {
  readonly path: readonly string[];
  readonly edits: readonly ConfigEdit[];
}

function placeOf(block: ConfigValue | undefined, id: string, account: string | undefined): Place {
  const root = ['channels', id];
  const { accounts } = isConfigObject(block) ? block : {};
  const names = isConfigObject(accounts) ? Object.keys(accounts) : [];
  if (names.length === 0 && (account === undefined || account === 'default')) {
    return { path: root, edits: [] };
  }
  // The unnamed account of a channel goes once one has a name, unless it is named as well.
  const isFirst = names.length === 0 && isConfigObject(block);
  const keep = isFirst ? [{ path: formatPath([...root, 'accounts', 'default']), value: {} }] : [];
  return { path: [...root, 'accounts', account ?? 'default'], edits: keep };
}

/** Switches on what is off: whoever hands over a token wants it used. */
function onEdits(config: ConfigObject, id: string, path: readonly string[]): readonly ConfigEdit[] {
  const places = path.length > 2 ? [['channels', id], path] : [path];
  return places
    .map((each) => formatPath([...each, 'enabled']))
    .filter((each) => getPath(config, each) === false)
    .map((each) => ({ path: each, value: true }));
}

function report(
  invocation: Invocation,
  { id, label, wayIn }: KnownChannel,
  accountId: string,
  { change, places }: ChangedWithSecrets,
): void {
  const { out, json, input } = invocation;
  if (json) {
    out.json({ ok: true, channel: id, accountId, secrets: places, ...change });
    return;
  }
  if (input.flag('dry-run')) {
    out.line('Nothing was changed.');
    return;
  }
  for (const { path, place } of places) {
    const what = places.length === 1 ? 'The token' : (path.split('.').at(-1) ?? path);
    out.line(`${what} is in ${place}; the config only names it.`);
  }
  out.line(`${label} (${accountId}) is set up. Strangers who write get a pairing code.`);
  printOutcome(invocation, change);
  if (wayIn.kind === 'link') {
    const which = accountId === 'default' ? '' : ` --account ${accountId}`;
    out.line(`Link it with your phone: openclaw channels login ${id}${which}`);
  } else {
    out.line(
      change.live || change.waits
        ? `See whether it connects: openclaw channels status ${id} --probe`
        : 'Start the gateway: openclaw gateway run',
    );
  }
  out.line(`Then write to it, and let yourself in: openclaw pairing list ${id}`);
}

/** What makes an account that needs no secret be there. */
function linkEdits(config: ConfigObject, path: readonly string[]): readonly ConfigEdit[] {
  if (getPath(config, formatPath(path)) !== undefined) return [];
  return path.length > 2
    ? [{ path: formatPath(path), value: {} }]
    : [{ path: formatPath([...path, 'dmPolicy']), value: 'pairing' }];
}

/** What the config says of how an account is connected. */
function settingEdits(
  { settings = {} }: TokenWay,
  account: ConfigObject,
  path: readonly string[],
): readonly ConfigEdit[] {
  return Object.entries(settings)
    .filter(([key, value]) => account[key] !== value)
    .map(([key, value]) => ({ path: formatPath([...path, key]), value }));
}

function blockAt(config: ConfigObject, path: readonly string[]): ConfigObject {
  const block = getPath(config, formatPath(path));
  return isConfigObject(block) ? block : {};
}

/** `openclaw channels add`. */
export const addChannel: CommandHandler = async (invocation) => {
  const channel = channelOf(invocation);
  const { id, wayIn } = channel;
  const { env, paths } = invocation.context;
  const accountId = accountOf(invocation);
  if (!hasChannel(id, paths)) throw notInstalled(invocation, id);
  const { source: config } = loadConfig({ env, paths });
  const { path, edits } = placeOf(getPath(config, `channels.${id}`), id, accountId);
  const account = { ...blockAt(config, ['channels', id]), ...blockAt(config, path) };
  const way = wayIn.kind === 'token' ? wayOf(invocation, wayIn, account) : undefined;
  requireTaken(invocation, channel, way);
  const secrets = way === undefined ? [] : await secretsOf(invocation, way, blockAt(config, path));
  const name = invocation.input.text('name');
  const done = await changeWithSecrets(invocation, {
    edits: [
      ...edits,
      ...onEdits(config, id, path),
      ...(way === undefined ? linkEdits(config, path) : settingEdits(way, account, path)),
      ...(name === undefined ? [] : [{ path: formatPath([...path, 'name']), value: name }]),
    ],
    secrets: secrets.map(({ key, secret }) => ({ path: formatPath([...path, key]), secret })),
    keepIn: keepIn(invocation),
  });
  report(invocation, channel, accountId ?? path[3] ?? 'default', done);
};
