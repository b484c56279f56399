/**
 * What people wrote, from Slack's markup: the words, and whom the network says they mention.
 *
 * What somebody types cannot forge it: Slack delivers a typed `<` as `&lt;`.
 *
 * @module
 */
import type { BotIdentity } from './api.ts';

/** Words without markup, and whom they mention. */
export interface CleanText {
  readonly text: string;
  readonly mentionsUs: boolean;
  readonly mentionsOthers: boolean;
}

const MARKUP = /<(?<kind>[@#!]?)(?<target>[^<>|]*)(?:\|(?<label>[^<>]*))?>/gu;

/** Resolves the three entities Slack uses, the ampersand last. */
export function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function special(target: string, label: string | undefined): string {
  if (label !== undefined) return label;
  const [name = ''] = target.split('^');
  return `@${name}`;
}

function link(target: string, label: string | undefined): string {
  const plain = target.replace(/^(?:mailto|tel):/u, '');
  return label === undefined || label === target || label === plain ? plain : `${label} (${plain})`;
}

/** Reads a text in Slack's markup. Takes time proportional to its length. */
export function cleanText(raw: string, me: BotIdentity): CleanText {
  let mentionsUs = false;
  let mentionsOthers = false;
  const words = raw.replaceAll(
    MARKUP,
    (_all, kind: string, target: string, label: string | undefined) => {
      if (kind === '#') return `#${label ?? target}`;
      if (kind === '!') {
        if (target.startsWith('subteam^')) mentionsOthers = true;
        return special(target, label);
      }
      if (kind !== '@') return link(target, label);
      if (target === me.userId) {
        mentionsUs = true;
        return `@${me.name}`;
      }
      mentionsOthers = true;
      // The label is a name somebody chose; the id is who it is.
      return `@${target}`;
    },
  );
  return { text: unescape(words).trim(), mentionsUs, mentionsOthers };
}
