/**
 * The author of an event as the gates see him.
 *
 * @module
 */
import { InvalidSetting, isObject, own, ownRecord } from '../setting.ts';
import { canonicalSender } from '../identity/sender.ts';
import type { ListedIdentity } from './sender-list.ts';

/** A sender whose facts have been read. Names and roles are read where a list asks for them. */
export class Speaker implements ListedIdentity {
  readonly id: string | undefined;
  readonly isSelf: boolean;
  readonly isBot: boolean;
  private readonly facts: unknown;

  constructor(id: string | undefined, isSelf: boolean, isBot: boolean, facts: unknown) {
    this.id = id;
    this.isSelf = isSelf;
    this.isBot = isBot;
    this.facts = facts;
  }

  get names(): readonly string[] {
    return texts([own(this.facts, 'username'), own(this.facts, 'name')]);
  }

  get roles(): readonly string[] {
    return texts(own(this.facts, 'roles'));
  }
}

/** The speaker of an event that ended before its sender was looked at. */
export const NOBODY: Speaker = new Speaker(undefined, false, false, undefined);

/**
 * Reads a sender. A missing or malformed id leaves a speaker whom no list knows; a number that has
 * lost digits, or a sender that is no object, cannot be read at all.
 */
export function readSpeaker(channel: string, value: unknown, path: string): Speaker {
  if (value !== undefined && !isObject(value)) throw new InvalidSetting(path);
  const { id, isSelf, isBot }: SenderFacts = value === undefined ? NOTHING : ownRecord(value);
  if (typeof id === 'number' && !Number.isSafeInteger(id)) throw new InvalidSetting(`${path}.id`);
  return new Speaker(
    canonicalSender(channel, id),
    isTrueOrGarbage(isSelf),
    isTrueOrGarbage(isBot),
    value,
  );
}

/** The fields of a sender that every decision looks at. */
type SenderFacts = Readonly<Partial<Record<'id' | 'isSelf' | 'isBot', unknown>>>;

const NOTHING: SenderFacts = {};

/** A fact that is there counts unless it is plainly false. */
function isTrueOrGarbage(fact: unknown): boolean {
  return fact !== undefined && fact !== false;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.filter((each): each is string => typeof each === 'string')
    : [];
}

/** A non-blank, well-formed string of the input, else undefined. */
export function inputText(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '' || !value.isWellFormed()) return undefined;
  return value;
}
