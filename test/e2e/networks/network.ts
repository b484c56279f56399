/**
 * What a chat network is to the scenario: accounts of ours, people, rooms, and what is said there.
 *
 * Each network is played by its fake, to which the real client library connects. What a network
 * lacks is absent, and what the scenario asks of it is then not asked.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';

/** Somebody on the network. */
export interface Person {
  /** What the network knows them by for good, as lists of the config hold it. */
  readonly id: string;
}

/** A room with one of our accounts in it. */
export interface Room {
  readonly id: string;
  /** The part of an account's block that lists this room and no other. */
  readonly listed: Readonly<Record<string, unknown>>;
}

/** A message of a person; only its network looks inside. */
export interface Said {
  readonly from: Person;
  readonly place: unknown;
}

/** How and where something is said. */
export interface Manner {
  /** Default: the direct chat with us. */
  readonly room?: Room;
  /** With the network's own mention of us. */
  readonly mention?: boolean;
  /** With a text file of that many bytes. */
  readonly file?: number;
}

/** What a network does to an account of ours on a bad day. */
export interface Trouble {
  /** Breaks every connection; new ones are served. */
  lost(): void;
  /**
   * Turns the next message we send away, as one too many. Absent where the network names no time to
   * wait: then the channel waits for minutes.
   */
  limited?(): void;
  /** Delivers something again that was heard before. */
  repeated(): void;
}

/** One account of ours, seen from the network. */
export interface Account {
  /** Its options in the config: endpoint and credentials. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Makes a room with this account in it. */
  room(): Room;
  /** Somebody makes a room and adds this account to it. */
  addedTo(by: Person): Room;
  /** Says something in the direct chat or a room, without waiting for anybody to hear it. */
  say(from: Person, text: string, manner?: Manner): Said;
  edit(said: Said, text: string): void;
  react(from: Person, said: Said): void;
  /** Presses a button of the last message we sent to a room, where it can be pressed without being there. */
  press?(from: Person, room: Room): void;
  /** Gives a command of the network's own kind. */
  command?(from: Person, name: string): void;
  /** What people read in a chat, oldest first. */
  sentTo(place: Person | Room): readonly string[];
  /** Whether this account has left a room. */
  hasLeft(room: Room): boolean;
  /** How many files were downloaded. */
  downloads(): number;
  readonly trouble: Trouble;
}

/** Calls a method of the gateway as its operator. */
export type Call = (method: string, params: object) => Promise<unknown>;

/** How a process is started. */
export interface Launch {
  readonly variables: Readonly<Record<string, string>>;
  /** Module that is loaded before everything else. */
  readonly preload: string;
}

/** One network with our accounts in it. */
export interface Network {
  /** Id of the channel. */
  readonly channel: string;
  readonly plugin: Plugin;
  readonly accounts: readonly Account[];
  /** Whether the network drops a message that it was sent before. */
  readonly dropsRepeats: boolean;
  /** Adds somebody. Names are free to choose, and taken as often as one likes. */
  person(name: string): Person;
  /** Rooms of anybody, answered when we are mentioned: part of an account's block. */
  readonly anyRoom: Readonly<Record<string, unknown>>;
  /** No room at all. */
  readonly noRoom: Readonly<Record<string, unknown>>;
  /** Links the accounts, which have these ids, where that takes a phone. */
  link?(call: Call, accountIds: readonly string[]): Promise<void>;
  /** What a process needs that is to take this network for the real one. */
  readonly launch?: Launch;
  /** Resolves when our accounts hear what is said. */
  connected(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a network with `accounts` accounts of ours. */
export type OpenNetwork = (accounts: number) => Promise<Network>;
