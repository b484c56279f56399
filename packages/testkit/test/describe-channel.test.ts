import { describe, expect, test } from 'vitest';
import { LIFETIME } from '../src/channel/lifetime.ts';
import { RECEIVING } from '../src/channel/receiving.ts';
import { SENDING } from '../src/channel/sending.ts';
import { createStage } from '../src/channel/stage.ts';
import { describeChannel } from '../src/index.ts';
import { type Flaw, MemoryNetwork } from './memory-channel.ts';

describeChannel('a channel in memory', async (tools) => new MemoryNetwork(tools).bench());

const CASES = [...RECEIVING, ...SENDING, ...LIFETIME];

async function verdict(flaw: Flaw, name: string): Promise<'kept' | 'broken'> {
  const wanted = CASES.find((candidate) => candidate.name === name);
  if (wanted === undefined) throw new Error(`no case is named ${name}`);
  const stage = await createStage(async (tools) => new MemoryNetwork(tools, flaw).bench(), 300);
  const result = await wanted.run(stage).then(
    () => 'kept' as const,
    () => 'broken' as const,
  );
  // A channel that never stops cannot be closed.
  if (flaw !== 'never stops') await stage.close();
  return result;
}

describe('the suite refuses a channel that', () => {
  test.each<[flaw: Flaw, name: string]>([
    ['acknowledges early', 'acknowledges only after the inbox has the event'],
    ['loses refused events', 'an event the inbox refused comes again with the same id'],
    ['has no event ids', 'hands over what a person wrote, once, as plain JSON'],
    ['new id on redelivery', 'an event the inbox refused comes again with the same id'],
    ['turns events around', 'keeps the order of one chat'],
    ['never stops', 'stops soon when told, and takes nothing afterwards'],
    ['hands over twice', 'hands over what a person wrote, once, as plain JSON'],
    ['does not mark its own', 'marks what we sent ourselves'],
    ['takes forged events', 'a forged event never reaches the inbox'],
    ['tries again by itself', 'a lost answer is unknown, and nothing is sent twice'],
    ['calls everything unknown', 'a refused connection is to be tried again'],
    ['loses the answer silently', 'a lost answer is unknown, and nothing is sent twice'],
    ['logs its token', 'shows no secret in logs, errors, events or status'],
    ['shows its token in errors', 'shows no secret in logs, errors, events or status'],
    ['splits words away', 'pieces of a long text arrive whole and in order'],
    ['ignores media limits', 'a file above the limit is refused, stated or not'],
    ['gives up on a loss', 'comes back after the connection was lost'],
  ])('%s', async (flaw, name) => {
    expect(await verdict(flaw, name)).toBe('broken');
  });
});
