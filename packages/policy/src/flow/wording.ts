/**
 * What people wrote word for word. Only whole words count: a URL that the model made by adding to
 * one that a person wrote is the model's.
 *
 * @module
 */
import { asList, own, setting } from '../setting.ts';
import { readTrust, taintOf, type Taint } from './label.ts';

const SEPARATORS = /[\s"'`“”„‘’‚«»()[\]{}<>]+/u;

/** The words of a text, cut at blanks, quotes and brackets. */
export function wordsOf(text: string): readonly string[] {
  return text.split(SEPARATORS).filter((word) => word !== '');
}

/** Words of the requester's own messages of this session, written with at most this taint. */
export function writtenWords(input: unknown, worst: Taint): ReadonlySet<string> {
  const messages = asList(setting(input, 'requesterMessages')) ?? [];
  const words = messages.flatMap((message) => {
    const text = own(message, 'text');
    const trusted = taintOf(readTrust(own(message, 'class'))) <= worst;
    return trusted && typeof text === 'string' ? wordsOf(text) : [];
  });
  return new Set(words);
}

/** Links in a text, as words. */
export function linksIn(text: string): readonly string[] {
  return wordsOf(text).filter((word) => /[a-z][a-z0-9+.-]*:\/\/|^www\./i.test(word));
}
