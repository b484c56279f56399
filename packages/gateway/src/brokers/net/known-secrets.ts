/**
 * Finds secrets of this gateway in what is about to leave it. A tool that needs one is handed it as a
 * `Secret`; one that stands in a URL or a body was found somewhere and is being carried out.
 *
 * Promises: plain, percent-encoded, base64 (at any offset) and hex spellings are found. Text that was
 * cut up or enciphered is not: this is a last net, not the wall.
 *
 * @module
 */
import type { Secret } from '@portcullis/core';

/** Shorter secrets would be found in ordinary words. */
const MIN_LENGTH = 12;

/** True when one of `texts` holds one of `secrets`. */
export function carriesSecret(texts: readonly string[], secrets: readonly Secret[]): boolean {
  const haystacks = [...new Set(texts.flatMap((text) => [text, decoded(text)]))];
  const lowered = haystacks.map((text) => text.toLowerCase());
  return secrets.some((secret) => {
    const text = secret.reveal();
    if (text.length < MIN_LENGTH) return false;
    const bytes = Buffer.from(text, 'utf8');
    const spellings = [text, ...base64Of(bytes)];
    return (
      haystacks.some((hay) => spellings.some((spelling) => hay.includes(spelling))) ||
      lowered.some((hay) => hay.includes(bytes.toString('hex')))
    );
  });
}

/** What of a text is sure to appear in base64 of anything that contains it, by its offset. */
function base64Of(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    // The first characters mix with what stands before, the last group with what follows.
    const core = shifted
      .toString('base64')
      .slice(offset === 0 ? 0 : offset + 1)
      .replace(/.{0,3}=*$/u, '');
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
