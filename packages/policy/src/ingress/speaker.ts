/**
 * The author of an event as the gates see him.
 *
 * @module
 */
import { InvalidSetting, isObject, own } from '../setting.ts';
import { fact } from './scope.ts';
import { canonicalSender } from './sender.ts';
import type { ListedIdentity } from './sender-list.ts';

/** A sender whose facts have been read. */
export interface Speaker extends ListedIdentity {
  readonly isSelf: boolean;
  readonly isBot: boolean;
  readonly roles: readonly string[];
}

/**
 * Reads a sender. A missing or malformed id leaves a speaker whom no list knows; a number that has
 * lost digits, or a sender that is no object, cannot be read at all.
 */
export function readSpeaker(channel: string, value: unknown, path: string): Speaker {
  if (value !== undefined && !isObject(value)) throw new InvalidSetting(path);
  const id = own(value, 'id');
  if (typeof id === 'number' && !Number.isSafeInteger(id)) throw new InvalidSetting(`${path}.id`);
  return {
    id: canonicalSender(channel, id),
    names: texts([own(value, 'username'), own(value, 'name')]),
    isSelf: fact(value, 'isSelf', false, true),
    isBot: fact(value, 'isBot', false, true),
    roles: texts(own(value, 'roles')),
  };
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
