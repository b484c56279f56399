/**
 * `openclaw channels add`: sets an account up, its secret kept where secrets belong.
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

import { KNOWN_CHANNELS, type KnownChannel, knownChannel } from '../../channels/known.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { hasChannel } from '../../compose/packages.ts';
import { quote } from '../../parse/fault.ts';
import { printOutcome } from '../config/change.ts';
import { type ChangedWithSecrets, changeWithSecrets } from '../secrets/change.ts';
import { type GivenSecret, checkedSecret } from '../../secrets/given-secret.ts';
import { givenSecret, keepIn } from '../secrets/given.ts';
import { notInstalled } from './control.ts';
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

type Token = Extract<KnownChannel['wayIn'], { readonly kind: 'token' }>;

async function tokenOf(invocation: Invocation, token: Token): Promise<GivenSecret> {
  const { out, doors, json } = invocation;
  const given = await givenSecret(invocation, 'token');
  if (given?.text === undefined && given !== undefined) return given;
  if (given === undefined && !json) out.note(token.from);
  const text = given?.text ?? checkedSecret(await typed(doors, token), 'The token');
  if (token.form.test(text)) return { text };
  // The text itself is never shown: it may be another secret.
  throw new PortcullisError('usage.invalid_value', `That is not ${token.what}.`, {
    hint: token.from,
  });
}

async function typed(doors: Invocation['doors'], { what }: Token): Promise<string> {
  try {
    return await doors.readSecret(`Paste ${what}:`);
  } catch (error) {
    if (!PortcullisError.is(error) || error.code !== 'usage.confirmation') throw error;
    throw new PortcullisError(error.code, error.message, {
      hint: 'Run it on a terminal, or use --token-stdin, --token-file or --token-env.',
    });
  }
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
  { id, label }: KnownChannel,
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
  for (const { place } of places) out.line(`The token is in ${place}; the config only names it.`);
  out.line(`${label} (${accountId}) is set up. Strangers who write get a pairing code.`);
  printOutcome(invocation, change);
  out.line(
    change.live || change.waits
      ? `See whether it connects: openclaw channels status ${id} --probe`
      : 'Start the gateway: openclaw gateway run',
  );
  out.line(`Then write to it, and let yourself in: openclaw pairing list ${id}`);
}

/** `openclaw channels add`. */
export const addChannel: CommandHandler = async (invocation) => {
  const channel = channelOf(invocation);
  const { id, wayIn, label } = channel;
  const { env, paths } = invocation.context;
  const account = accountOf(invocation);
  if (!hasChannel(id, paths)) throw notInstalled(invocation, id);
  if (wayIn.kind === 'link') {
    throw new PortcullisError('channel.no_token', `${label} takes no token.`, {
      hint: `Link this machine with it: openclaw channels login ${id}`,
    });
  }
  const { source: config } = loadConfig({ env, paths });
  const { path, edits } = placeOf(getPath(config, `channels.${id}`), id, account);
  const secret = await tokenOf(invocation, wayIn);
  const name = invocation.input.text('name');
  const done = await changeWithSecrets(invocation, {
    edits: [
      ...edits,
      ...onEdits(config, id, path),
      ...(name === undefined ? [] : [{ path: formatPath([...path, 'name']), value: name }]),
    ],
    secrets: [{ path: formatPath([...path, wayIn.key]), secret }],
    keepIn: keepIn(invocation),
  });
  report(invocation, channel, account ?? path[3] ?? 'default', done);
};
