/**
 * Every input that a config can tell apart, one of each.
 *
 * An input is a message: somebody, somewhere. `id-class.ts` says why one id of each class is enough.
 * The remaining facts of a message are not split into classes but bounded: the message made here
 * addresses the agent natively and comes from a person, which opens at least as much as any other
 * message of the same person in the same place. Mentions, implicit mentions, activation and patterns
 * only ever let a message through the mention gate, which a native mention passes; being a bot, our
 * own echo, a duplicate or suspended only ever refuses (the one exception, the owner's chat with
 * himself, is an input of its own).
 *
 * Whether somebody is paired is part of the input, so that an answer holds whoever will be paired.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import type { AdmitState } from '../ingress/admit.ts';
import { accountSetting, isRefusal, openScope } from '../ingress/scope.ts';
import { canonicalSender } from '../identity/sender.ts';
import { compileInPlace } from '../config/compile.ts';
import { isObject, own } from '../setting.ts';
import { IdClasses } from './id-class.ts';
import { People, type Person } from './person.ts';
import { type Place, Places } from './place.ts';
import { type Token, tokensOf } from './token.ts';

/** A message that speaks for every message like it. */
export interface InputClass {
  readonly place: Place;
  readonly person: Person;
  readonly paired: boolean;
  /** Our own account, writing to itself where the config says that this is the owner. */
  readonly self: boolean;
  /** False for a channel or an account that no config knows, from which nothing can come. */
  readonly configured: boolean;
  /** False for a channel that no config knows. */
  readonly known: boolean;
}

/** What tells the inputs of one channel account apart. */
interface Account {
  readonly id: string;
  readonly members: readonly string[];
  readonly places: Places;
}

/** The inputs of one channel. */
export class ChannelInputs {
  readonly channel: string;
  readonly people: People;
  readonly accounts: readonly Account[];
  readonly #accountIds: IdClasses;
  readonly #hasSelfChat: boolean;
  readonly #isKnown: boolean;

  constructor(channel: string, tokens: readonly Token[], configs: readonly unknown[]) {
    const read = tokens.filter(({ path }) => concerns(path, channel));
    this.channel = channel;
    this.#isKnown = configs.some((config) => asMap(own(config, 'channels'))[channel] !== undefined);
    this.people = new People(channel, read, configs);
    this.#accountIds = accountClasses(channel, read);
    this.accounts = this.#accountIds.classes.map(({ id, members }) => ({
      id,
      members,
      places: new Places(channel, id, read),
    }));
    this.#hasSelfChat = configs.some((config) =>
      this.accounts.some(({ id }) => hasSelfChat(config, channel, id)),
    );
  }

  /** One of each. */
  *[Symbol.iterator](): Generator<InputClass> {
    for (const { members, places } of this.accounts) {
      const configured = this.#isKnown && members.length > 0;
      const plain = { paired: false, self: false, configured, known: this.#isKnown };
      for (const place of places.direct()) {
        for (const person of this.people.in(undefined)) {
          yield { place, person, ...plain };
          yield { place, person, ...plain, paired: true };
          if (this.#hasSelfChat && place.id === undefined) {
            yield { place, person, ...plain, self: true };
          }
        }
      }
      for (const place of places.shared()) {
        for (const person of this.people.in(place.guildId)) yield { place, person, ...plain };
      }
    }
  }

  /** The event with everything in it that speaks for others like it in their place. */
  representative(event: Event): Event {
    const { conversation } = event;
    const accountId = this.#accountIds.representative(conversation.accountId);
    const places = this.accounts.find(({ id }) => id === accountId)?.places;
    const id = canonicalSender(this.channel, event.sender.id);
    // Whoever has no id is on no list, and nobody but he is like him.
    if (places === undefined || id === undefined) return event;
    const person = this.people.ids.representative(id);
    const where = places.representative(conversation, id, person);
    const sender = this.people.representative(event.sender, person, where.guildId);
    return { ...event, conversation: where, sender };
  }
}

/** The inputs of every channel of `configs`, and of one channel that none of them knows. */
export function channelInputs(configs: readonly unknown[]): readonly ChannelInputs[] {
  const tokens = configs.flatMap((config, index) => tokensOf(config, String(index)));
  const channels = configs.flatMap((config) => Object.keys(asMap(own(config, 'channels'))));
  const names = [...new Set(channels)].filter((name) => name !== 'defaults');
  let unknown = 'elsewhere';
  while (names.includes(unknown)) unknown += '-';
  return [...names, unknown].map((name) => new ChannelInputs(name, tokens, configs));
}

/** The event of an input, and what the gateway would know about it. */
export function eventOf(input: InputClass): { event: Event; state: AdmitState } {
  const { place, person, paired, self } = input;
  const { id = person.id, members: _rooms, named: _named, labels: _labels, ...where } = place;
  const { username, name } = person;
  const event: Event = {
    kind: 'message',
    conversation: { ...where, id },
    sender: {
      id: person.id,
      ...(person.roles.length === 0 ? {} : { roles: person.roles }),
      ...(username === undefined ? {} : { username }),
      ...(name === undefined ? {} : { name }),
      ...(self ? { isSelf: true } : {}),
    },
    at: 0,
    facts: { nativeMention: true },
  };
  const audience = Object.fromEntries(person.audience.map((group) => [group, true]));
  return { event, state: { paired: paired ? [person.id] : [], audience } };
}

/** Other channels' sections are read for no decision about this one. */
function concerns(path: readonly string[], channel: string): boolean {
  return path[0] !== 'channels' || path.length < 2 || path[1] === channel || path[1] === 'defaults';
}

function accountClasses(channel: string, tokens: readonly Token[]): IdClasses {
  const ids = tokens.flatMap(({ kind, text, site, path }) => {
    const isKey = kind === 'key' && path.at(-1) === 'accounts' && path.length === 3;
    const isBound = kind === 'setting' && path.at(-1) === 'accountId' && text !== '*';
    return isKey || isBound ? [{ id: text.trim().toLowerCase(), site }] : [];
  });
  // A binding without an account speaks of the default one, so it is always like no other.
  const always = { id: 'default', site: `${channel} default` };
  return new IdClasses([always, ...ids], (attempt) => `account-${String(attempt + 1)}`);
}

function hasSelfChat(config: unknown, channel: string, accountId: string): boolean {
  if (channel !== 'whatsapp' || !isObject(config)) return false;
  try {
    const scope = openScope(compileInPlace(config), { channel, accountId });
    return !isRefusal(scope) && accountSetting(scope, 'selfChatMode')?.value === true;
  } catch {
    return false;
  }
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}
