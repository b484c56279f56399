/**
 * What people wrote word for word. Only whole words count: a URL that the model made by adding to
 * one that a person wrote is the model's.
 *
 * @module
 */
import { asList, own, setting } from '../setting.ts';
import { readTrust, taintOf, type Taint } from './label.ts';

const SEPARATOR = /[\s"'`“”„‘’‚«»()[\]{}<>]/u;
const SEPARATORS = new RegExp(`${SEPARATOR.source}+`, 'u');
/** Ends a sentence or a part of one, and belongs to no name or address before it. */
const PUNCTUATION = /[.,;:!?]/u;

/** The words of a text, cut at blanks, quotes and brackets. */
function wordsOf(text: string): readonly string[] {
  return text.split(SEPARATORS).filter((word) => word !== '');
}

function isApart(character: string | undefined): boolean {
  return character === undefined || SEPARATOR.test(character);
}

/**
 * True when `value`, of one word or several, stands in a text by itself: nothing is joined to it in
 * front, and behind it only the punctuation of the sentence.
 */
export function standsIn(text: string, value: string): boolean {
  if (!/[\p{L}\p{N}]/u.test(value) || isApart(value[0]) || isApart(value.at(-1))) return false;
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
    let end = at + value.length;
    while (PUNCTUATION.test(text[end] ?? '')) end += 1;
    if (isApart(text[at - 1]) && isApart(text[end])) return true;
  }
  return false;
}

/** Whether something stands in the requester's own messages of this session. */
export type Wording = (value: unknown) => boolean;

/** What the requester wrote in this session while his taint was at most `worst`. */
export function writtenBy(input: unknown, worst: Taint): Wording {
  const texts = (asList(setting(input, 'requesterMessages')) ?? []).flatMap((message) => {
    const text = own(message, 'text');
    const trusted = taintOf(readTrust(own(message, 'class'))) <= worst;
    return trusted && typeof text === 'string' ? [text] : [];
  });
  return (value) => typeof value === 'string' && texts.some((text) => standsIn(text, value));
}

/** Links in a text, as words. */
export function linksIn(text: string): readonly string[] {
  return wordsOf(text).filter((word) => /[a-z][a-z0-9+.-]*:\/\/|^www\./i.test(word));
}

/** Words that a reader's program may turn into a link: links, and whatever looks like a host. */
export function linkableIn(text: string): readonly string[] {
  const words = wordsOf(text).map((word) => word.replace(/[.,;:!?]+$/u, ''));
  const hosts = words.filter((word) =>
    /^(?:[\p{L}\p{N}_-]+\.)+\p{L}{2,}(?:[/:?#].*)?$/u.test(word),
  );
  return [...new Set([...linksIn(text), ...hosts])];
}
