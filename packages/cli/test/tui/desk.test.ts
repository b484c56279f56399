/**
 * Which words answer a question of the agent, and which do not.
 *
 * @module
 */
import { beforeEach, describe, expect, test } from 'vitest';

import { Desk } from '../../src/commands/tui/desk.ts';
import { Link } from '../../src/compose/link.ts';
import type { Screen } from '../../src/terminal/live/screen.ts';
import { plain } from '../../src/terminal/style.ts';
import { FakeOperator } from '../call.ts';

const ID = '5f2b8c0de1a94736b0d2c4e6f8a91b3d';
const DIGEST = 'd'.repeat(64);

const lines: string[] = [];
const screen: Screen = {
  line: (...pieces) => void lines.push(pieces.map(plain).join('')),
  stream: () => undefined,
  endStream: () => undefined,
  status: () => undefined,
  restore: () => undefined,
  open: () => undefined,
  close: () => undefined,
};
let now = 0;

function question(allowedDecisions: readonly string[]): object {
  return {
    approval: {
      id: ID,
      status: 'pending',
      sourceSessionKey: 'agent:main:main',
      expiresAtMs: Date.now() + 60_000,
      presentation: { agentId: 'main', warningText: 'It runs a command.', allowedDecisions },
    },
    details: {
      tool: 'exec',
      act: 'run rm',
      effect: 'exec',
      subject: '{"argv":["rm","a\\u202eb"]}',
      code: 'exec.ask',
      requester: 'telegram:7',
      story: null,
      digest: DIGEST,
      used: false,
    },
  };
}

/** A desk with one question on the screen. */
async function desk(allowed: readonly string[] = ['allow-once', 'deny']): Promise<{
  readonly at: Desk;
  readonly operator: FakeOperator;
}> {
  const operator = new FakeOperator({
    'approval.get': question(allowed),
    'exec.approval.resolve': { ok: true },
  });
  const controller = new AbortController();
  const link = new Link({ open: async () => operator, signal: controller.signal });
  const at = new Desk(link, screen, () => now);
  const up = Promise.withResolvers<void>();
  void link.run({ up: async () => up.resolve(), down: () => undefined, event: () => undefined });
  await up.promise;
  await at.asked(ID);
  return { at, operator };
}

const say = (text: string, begunAt: number, isTyped = true): Parameters<Desk['take']>[0] => ({
  text,
  isTyped,
  begunAt,
});

beforeEach(() => {
  lines.length = 0;
  now = 10_000;
});

describe('a question', () => {
  test('is shown with what, who and why, and hides nothing', async () => {
    await desk();
    const text = lines.join('\n');
    for (const part of ['run rm', 'telegram:7', 'It runs a command.', DIGEST, ID]) {
      expect(text).toContain(part);
    }
    expect(text).toContain(String.raw`a\u202eb`);
    expect(lines.at(-1)).toBe('Type yes or no, and press Enter.');
  });

  test.each([
    ['yes', 'allow-once'],
    ['Y', 'allow-once'],
    ['no', 'deny'],
    ['n', 'deny'],
    ['always', 'allow-always'],
  ])('is answered by "%s", bound to what was shown', async (word, decision) => {
    const { at, operator } = await desk(['allow-once', 'allow-always', 'deny']);
    expect(await at.take(say(word, 11_000))).toBe(true);
    expect(operator.asked.at(-1)).toEqual([
      'exec.approval.resolve',
      { id: ID, decision, digest: DIGEST },
    ]);
  });

  test.each([
    ['was begun before it could be read', say('yes', 10_500)],
    ['was pasted', say('yes', 20_000, false)],
    ['names another one', say('yes 00000000', 20_000)],
  ])('is not answered by a word that %s', async (_what, line) => {
    const { at, operator } = await desk();
    expect(await at.take(line)).toBe(true);
    expect(operator.asked.map(([method]) => method)).toEqual(['approval.get']);
    expect(lines.at(-1)).toContain(`yes ${ID.slice(0, 8)}`);
  });

  test('is answered by its id whenever that was typed', async () => {
    const { at, operator } = await desk();
    await at.take(say(`no ${ID.slice(0, 8)}`, 0, false));
    expect(operator.asked.at(-1)).toMatchObject(['exec.approval.resolve', { decision: 'deny' }]);
  });

  test('is not answered for good where that is not offered', async () => {
    const { at, operator } = await desk();
    expect(await at.take(say('always', 20_000))).toBe(true);
    expect(operator.asked.map(([method]) => method)).toEqual(['approval.get']);
  });

  test.each(['yes please', 'yess', 'ok', 'no way', ''])(
    'leaves "%s" to the agent',
    async (text) => {
      const { at } = await desk();
      expect(await at.take(say(text, 20_000))).toBe(false);
    },
  );

  test('that is over leaves every word to the agent', async () => {
    const { at } = await desk();
    await at.over(ID, 'deny', 'telegram:7');
    expect(lines.at(-1)).toBe(`Approval ${ID.slice(0, 8)}: deny by telegram:7`);
    expect(await at.take(say('yes', 20_000))).toBe(false);
    expect(at.count).toBe(0);
  });
});
