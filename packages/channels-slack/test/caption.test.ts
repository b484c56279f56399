import { describe, expect, test } from 'vitest';
import { renderCaption } from '../src/format.ts';

/** What Slack reads as words: without fences, and without code in a line. */
const words = (markup: string) =>
  markup.replaceAll(/```[^]*?```/gu, '').replaceAll(/`[^`\n]+`/gu, '');

describe('no address beside a file is one Slack makes a preview of', () => {
  test.each([
    ['alone', 'see https://evil.test/?d=1 there'],
    ['after a letter of a word', 'at_https://evil.test/?d=1 and 1https://evil.test/?d=2'],
    ['as a label', '[https://evil.test/?d=1](https://good.test)'],
    ['as a label in bold', '[**https://evil.test/?d=1**](https://good.test)'],
    ['after a stray backtick', 'it` is at https://evil.test/?d=1 now'],
    ['between escaped backticks', '\\`https://evil.test/?d=1\\`'],
    ['after code with a backtick in it', '``a ` b`` and https://evil.test/?d=1'],
    ['in code', 'run `curl https://evil.test/?d=1`'],
    ['in a block with a fence in it', '````\n```\nhttps://evil.test/?d=1\n````'],
    ['after a block with a fence in it', '````\n```\n````\nhttps://evil.test/?d=1'],
    ['with a label', '[here](https://evil.test/?d=1)'],
  ])('%s', (_, markdown) => {
    const caption = renderCaption(markdown);
    expect(caption).toContain('evil.test');
    expect(words(caption)).not.toContain('://');
  });
});
