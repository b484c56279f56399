/**
 * Whom an invariant is about.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import type { Asker, Who } from '../explain/asker.ts';
import { canonicalSender } from '../identity/sender.ts';
import type { Scope } from './invariant.ts';

/** Tells the askers of a scope from the others. */
export class ScopeMatcher {
  readonly #scope: Scope;
  readonly #rooms: Wanted;
  readonly #people: Wanted;
  /** No config knows the channel that is asked about: the unknown channel speaks for it. */
  readonly #isUnknownChannel: boolean;

  constructor(scope: Scope, everybody: readonly Asker[]) {
    this.#scope = scope;
    const { channel, room, person } = scope;
    this.#isUnknownChannel =
      channel !== undefined && !everybody.some((each) => channelOf(each) === channel);
    const near = everybody.flatMap((each) =>
      each.kind === 'channel' && (channel === undefined || each.input.place.channel === channel)
        ? [each.input]
        : [],
    );
    this.#rooms = new Wanted(
      room,
      near.flatMap(({ place }) => place.members),
    );
    this.#people = new Wanted(
      person,
      near.flatMap(({ person: each }) => each.members),
    );
  }

  /** False when no config can put the asker into the scope. */
  mayConcern(asker: Asker): boolean {
    const { channel, account, where } = this.#scope;
    if (asker.kind === 'door') {
      const isLocal = where ?? account ?? this.#scope.room ?? this.#scope.person;
      return isLocal === undefined && (channel ?? asker.door) === asker.door;
    }
    const { place, person, configured } = asker.input;
    const isDirect = place.kind === 'direct';
    if (this.#isUnknownChannel ? !isUnknown(asker) : !configured) return false;
    if (channel !== undefined && place.channel !== channel && !this.#isUnknownChannel) return false;
    if (account !== undefined && place.accountId !== account) return false;
    if (where !== undefined && (where === 'direct') !== isDirect) return false;
    const spelled = (id: string) => canonicalSender(place.channel, id) ?? id;
    if (!this.#people.includes(person.members, spelled)) return false;
    if (this.#scope.room === undefined) return true;
    return !isDirect && this.#rooms.includes(place.members);
  }

  /** Whether somebody who {@link mayConcern} does, being who he is. */
  concerns(who: Who, agentId: string | undefined): boolean {
    const { who: wanted, agent } = this.#scope;
    if (wanted !== undefined && !wanted.includes(who)) return false;
    return agent === undefined || agent === agentId;
  }

  /** The event with the one room and the one sender the scope names, where it names just one. */
  asNamed(event: Event): Event {
    const { room = [], person = [] } = this.#scope;
    const { conversation, sender } = event;
    const wantedPerson = person.length === 1 ? person[0] : undefined;
    const wantedRoom = room.length === 1 ? room[0] : undefined;
    const chat = conversation.kind === 'direct' ? wantedPerson : wantedRoom;
    return {
      ...event,
      conversation: { ...conversation, id: chat ?? conversation.id },
      sender: wantedPerson === undefined ? sender : { ...sender, id: wantedPerson },
    };
  }
}

function channelOf(asker: Asker): string {
  return asker.kind === 'door' ? asker.door : asker.input.place.channel;
}

/** Comes from a channel that no config knows. */
function isUnknown(asker: Asker): boolean {
  return asker.kind === 'channel' && !asker.input.known;
}

/** Ids that are asked about. One that no config names is spoken for by the class of strangers. */
class Wanted {
  readonly #ids: readonly string[] | undefined;
  readonly #named: ReadonlySet<string>;

  constructor(ids: readonly string[] | undefined, named: readonly string[]) {
    this.#ids = ids;
    this.#named = new Set(named);
  }

  includes(members: readonly string[], spelled: (id: string) => string = (id) => id): boolean {
    if (this.#ids === undefined) return true;
    const ids = this.#ids.map(spelled);
    return members.length === 0
      ? ids.some((id) => !this.#named.has(id))
      : ids.some((id) => members.includes(id));
  }
}
