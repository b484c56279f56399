/**
 * The secrets of an account of a network: which it takes, and how they are handed over.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { ConfigObject } from '@portcullis/gateway/config';

import {
  type ChannelSecret,
  KNOWN_CHANNELS,
  type KnownChannel,
  type TokenWay,
} from '../../channels/known.ts';
import type { Invocation } from '../../command.ts';
import { type GivenSecret, checkedSecret } from '../../secrets/given-secret.ts';
import { givenSecret } from '../secrets/given.ts';

/** A secret under the key that will name it. */
export interface KeyedSecret {
  readonly key: string;
  readonly secret: GivenSecret;
}

function isGiven({ input }: Invocation, { option }: ChannelSecret): boolean {
  const named = [input.text(`${option}-file`), input.text(`${option}-env`)];
  return input.flag(`${option}-stdin`) || named.some((each) => each !== undefined);
}

/** The way that is meant: the one whose own secrets are given, else the one the config is set to. */
export function wayOf(
  invocation: Invocation,
  { ways }: Extract<KnownChannel['wayIn'], { readonly kind: 'token' }>,
  account: ConfigObject,
): TokenWay {
  const isCommon = (secret: ChannelSecret): boolean =>
    ways.every(({ secrets }) => secrets.includes(secret));
  const named = ways.find(({ secrets }) =>
    secrets.some((each) => !isCommon(each) && isGiven(invocation, each)),
  );
  const isSet = ({ settings = {} }: TokenWay): boolean =>
    Object.entries(settings).every(([key, value]) => account[key] === value);
  return named ?? ways.find(isSet) ?? ways[0];
}

const ALL: readonly ChannelSecret[] = KNOWN_CHANNELS.flatMap(({ wayIn }) =>
  wayIn.kind === 'token' ? wayIn.ways.flatMap(({ secrets }) => secrets) : [],
);

/**
 * Refuses options for secrets that the account does not have, instead of passing over them.
 *
 * @throws PortcullisError `usage.invalid_value`.
 */
export function requireTaken(
  invocation: Invocation,
  { label }: KnownChannel,
  way: TokenWay | undefined,
): void {
  const taken = new Set(way?.secrets.map(({ option }) => option));
  const wrong = ALL.find((each) => !taken.has(each.option) && isGiven(invocation, each));
  if (wrong === undefined) return;
  throw new PortcullisError('usage.invalid_value', `${label} takes no --${wrong.option}-… here.`, {
    hint:
      taken.size === 0
        ? 'It is linked with an app instead.'
        : `It takes ${[...taken].map((option) => `--${option}-…`).join(' and ')}.`,
  });
}

/** Every secret of a way. One that is kept already is only asked for where none is given. */
export async function secretsOf(
  invocation: Invocation,
  { secrets }: TokenWay,
  account: ConfigObject,
): Promise<readonly KeyedSecret[]> {
  if (secrets.filter(({ option }) => invocation.input.flag(`${option}-stdin`)).length > 1) {
    throw new PortcullisError('usage.invalid_value', 'Only one secret fits on standard input.', {
      hint: 'Hand over the others in files.',
    });
  }
  const given = new Map<ChannelSecret, GivenSecret>();
  for (const each of secrets) {
    const secret = await givenSecret(invocation, each.option);
    if (secret !== undefined) given.set(each, checked(secret, each));
  }
  const found: KeyedSecret[] = [];
  for (const each of secrets) {
    const { key } = each;
    const secret = given.get(each);
    if (secret !== undefined) found.push({ key, secret });
    else if (given.size === 0 || account[key] === undefined) {
      found.push({ key, secret: checked(await typed(invocation, each), each) });
    }
  }
  return found;
}

function checked(secret: GivenSecret, { what, from, form }: ChannelSecret): GivenSecret {
  if (secret.text === undefined || form.test(secret.text)) return secret;
  // The text itself is never shown: it may be another secret.
  throw new PortcullisError('usage.invalid_value', `That is not ${what}.`, { hint: from });
}

async function typed(
  { doors, out, json }: Invocation,
  { what, from, option }: ChannelSecret,
): Promise<GivenSecret> {
  if (!json) out.note(from);
  try {
    return { text: checkedSecret(await doors.readSecret(`Paste ${what}:`), 'The secret') };
  } catch (error) {
    if (!PortcullisError.is(error) || error.code !== 'usage.confirmation') throw error;
    throw new PortcullisError(error.code, error.message, {
      hint: `Run it on a terminal, or use --${option}-stdin, --${option}-file or --${option}-env.`,
    });
  }
}
