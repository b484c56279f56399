/**
 * Takes out of a report what says who somebody is, so that it can be shown to strangers.
 *
 * @module
 */
import { isIPv6 } from 'node:net';

/** What is known of whose machine it is. */
export interface Wearer {
  /** Home directory; becomes `~`. */
  readonly home: string;
  /** Name of the machine. */
  readonly hostname: string;
  /** Takes out secrets. Done first, on the text as it is. */
  readonly hideSecrets: (text: string) => string;
}

/** Shorter names of machines are words too. */
const SHORTEST_HOSTNAME = 4;

const LOCAL_ADDRESS = /^(?:127\.|0\.0\.0\.0$)/u;

/** Kinds of names and numbers that belong to people and places, and what stands there instead. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\bagent:[a-z0-9_-]+:[^\s"'),]+/giu, '[session]'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/giu, '[id]'],
  [/(?<![\w/])@[\w.=-]{1,255}:[\w.-]{1,255}/gu, '[name]'],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/gu, '[mail]'],
  // The scope of a package is no name of a person.
  [/(?<![\w/])@[A-Za-z]\w{2,}\b(?![/-])/gu, '[name]'],
  [/\b[\w-]{1,63}\.[\w-]{1,63}\.ts\.net\b/giu, '[host]'],
  [/\b[CDGTUW](?=[A-Z]*\d)[A-Z0-9]{8,}\b/gu, '[id]'],
  [/(\/home\/|\/Users\/|\\Users\\)[^\s/\\"':,)]+/gu, '$1[user]'],
];

const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/gu;
const MAYBE_IPV6 = /[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*/giu;
const LONG_NUMBER = /\+?\d{6,}/gu;

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&');
}

/** Makes what takes secrets, paths of the home, addresses, names and numbers of people out of a text. */
export function veilOf({ home, hostname, hideSecrets }: Wearer): (text: string) => string {
  const own: (readonly [RegExp, string])[] = [];
  if (home.length > 1) own.push([new RegExp(`${literal(home)}(?![\\w.-])`, 'gu'), '~']);
  if (hostname.length >= SHORTEST_HOSTNAME && hostname !== 'localhost') {
    own.push([new RegExp(`(?<![\\w-])${literal(hostname)}(?![\\w-])`, 'giu'), '[host]']);
  }
  return (text) => {
    let result = hideSecrets(text);
    for (const [shape, instead] of [...own, ...SHAPES]) result = result.replace(shape, instead);
    return result
      .replace(IPV4, (address) => (LOCAL_ADDRESS.test(address) ? address : '[address]'))
      .replace(MAYBE_IPV6, (word) =>
        isIPv6(word) && word !== '::1' && word !== '::' ? '[address]' : word,
      )
      .replace(LONG_NUMBER, '[id]');
  };
}

/** The same for every text in a document; its names stay. */
export function veiled<T>(value: T, veil: (text: string) => string): T {
  const copy: unknown = JSON.parse(
    JSON.stringify(value, (_key, each: unknown) => (typeof each === 'string' ? veil(each) : each)),
  );
  // Only texts were replaced, by texts.
  return copy as T;
}
