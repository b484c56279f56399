import { afterEach, describe, expect, test } from 'vitest';
import { EXTRAS } from '../src/channel/extras.ts';
import { KINDS } from '../src/channel/kinds.ts';
import { LIFETIME } from '../src/channel/lifetime.ts';
import { PEOPLE } from '../src/channel/people.ts';
import { RECEIVING } from '../src/channel/receiving.ts';
import { ROOMS } from '../src/channel/rooms.ts';
import { SENDING } from '../src/channel/sending.ts';
import { createStage } from '../src/channel/stage.ts';
import { type ChannelBench, describeChannel } from '../src/index.ts';
import { type Flaw, leftTimers, MemoryNetwork } from './memory-channel.ts';

describeChannel('a channel in memory', async (tools) => new MemoryNetwork(tools).bench());

afterEach(() => {
  for (const timer of leftTimers.splice(0)) clearTimeout(timer);
});

const CASES = [...RECEIVING, ...PEOPLE, ...ROOMS, ...KINDS, ...SENDING, ...EXTRAS, ...LIFETIME];

function caseOf(name: string) {
  const wanted = CASES.find((candidate) => candidate.name === name);
  if (wanted === undefined) throw new Error(`no case is named ${name}`);
  return wanted;
}

async function verdict(flaw: Flaw, name: string): Promise<'kept' | 'broken'> {
  const stage = await createStage(async (tools) => new MemoryNetwork(tools, flaw).bench(), 300);
  const result = await caseOf(name)
    .run(stage)
    .then(
      () => 'kept' as const,
      () => 'broken' as const,
    );
  // A channel that never stops cannot be closed.
  if (flaw !== 'never stops') await stage.close();
  return result;
}

const REFUSED: readonly (readonly [flaw: Flaw, name: string])[] = [
  ['acknowledges early', 'acknowledges only after the inbox has the event'],
  ['loses refused events', 'an event the inbox refused comes again with the same id'],
  ['has no event ids', 'hands over what a person wrote, once, as plain JSON'],
  ['new id on redelivery', 'an event the inbox refused comes again with the same id'],
  ['new id on redelivery', 'a repeated delivery keeps its id'],
  ['turns events around', 'keeps the order of one chat'],
  ['overruns the inbox', 'waits for a slow inbox, and loses nothing'],
  ['acknowledges early', 'waits for a slow inbox, and loses nothing'],
  ['downloads at once', 'downloads no file before it is asked to'],
  ['hands over twice', 'hands over what a person wrote, once, as plain JSON'],
  ['does not mark its own', 'marks what we sent ourselves'],
  ['takes forged events', 'a forged event never reaches the inbox'],
  ['takes names for ids', 'a person keeps their id, whatever they call themselves'],
  ['takes names for ids', 'whose name is the id of another is still themselves'],
  ['says what others said', 'forwarded words are context, never what the sender said'],
  ['takes rooms for direct chats', 'a message in a room is one of that room'],
  ['takes names for mentions', 'our name in the text is no mention'],
  ['takes names for mentions', 'a mention is what the network says is one'],
  ['misses mentions', 'a mention is what the network says is one'],
  ['misses answers', 'an answer to us is known as such'],
  ['flattens threads', 'a thread is a place of its own'],
  ['answers outside the thread', 'a thread is a place of its own'],
  ['takes bots for people', 'other bots are marked'],
  ['takes edits for messages', 'an edit is an event of its own that is traced to its message'],
  ['edits under the old id', 'an edit is an event of its own that is traced to its message'],
  ['reacts to nothing', 'a reaction names its message'],
  ['loses what a button carries', 'a pressed button gives its data back'],
  ['takes commands for words', 'a command has a name and its arguments'],
  ['tries again by itself', 'a lost answer is unknown, and nothing is sent twice'],
  ['calls everything unknown', 'a refused connection is to be tried again'],
  ['calls everything unknown', 'a file that never left is to be tried again'],
  ['loses the answer silently', 'a lost answer is unknown, and nothing is sent twice'],
  ['forgets keys', 'a doubtful message arrives once'],
  ['finds nothing by its key', 'a doubtful message arrives once'],
  ['splits words away', 'pieces of a long text arrive whole and in order'],
  ['ignores media limits', 'a file above the limit is refused, stated or not'],
  ['cuts files', 'a file arrives whole, with what is written beside it'],
  ['trusts file names', 'the name of a file changes nothing but its name'],
  ['edits by sending again', 'an edit changes the message and sends no other'],
  ['shows previews', 'links show no preview'],
  ['notifies everybody', 'words of an answer notify nobody'],
  ['reads by itself', 'says read when told, and never by itself'],
  ['types nowhere', 'shows that it is typing'],
  ['logs its token', 'shows no secret in logs, errors, events or status'],
  ['shows its token in errors', 'shows no secret in logs, errors, events or status'],
  ['never stops', 'stops soon when told, and takes nothing afterwards'],
  ['gives up on a loss', 'comes back after the connection was lost'],
  ['loses what came during a loss', 'keeps the order over losses'],
  ['sleeps through silence', 'notices a connection that went silent'],
  ['goes on without a login', 'ends when its login is refused for good'],
  ['tells nothing apart', 'tells equal words of two messages and two people apart'],
  ['gives no message ids', 'sends a message and gives its id'],
  ['calls everything unknown', 'a rate limit is to be tried again'],
  ['calls everything harmless', 'a fault of the network is unknown'],
  ['calls everything harmless', 'a conversation that is gone fails for good'],
  ['sends after the signal', 'nothing is sent after the signal aborted'],
  ['half sends buttons', 'a button that carries too much is never half sent'],
  ['starts once', 'can be started again and gets what came in between'],
  ['shows no state', 'reports its state'],
  ['leaves a timer', 'leaves nothing open when it stopped'],
  ['leaves a connection', 'leaves nothing open when it stopped'],
];

describe('the suite refuses a channel that', () => {
  test.each(REFUSED)('%s: %s', async (flaw, name) => {
    expect(await verdict(flaw, name)).toBe('broken');
  });

  test('no case is one that cannot fail', () => {
    const shown = new Set(REFUSED.map(([, name]) => name));
    expect(CASES.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe('a bench that lacks', () => {
  const OPTIONAL: readonly (readonly [member: keyof ChannelBench, name: string])[] = [
    ['identity', 'a person keeps their id, whatever they call themselves'],
    ['receiveForward', 'forwarded words are context, never what the sender said'],
    ['room', 'a message in a room is one of that room'],
    ['threads', 'a thread is a place of its own'],
    ['ourName', 'our name in the text is no mention'],
    ['receiveEdit', 'an edit is an event of its own that is traced to its message'],
    ['receiveReaction', 'a reaction names its message'],
    ['receivePress', 'a pressed button gives its data back'],
    ['receiveCommand', 'a command has a name and its arguments'],
    ['redeliver', 'a repeated delivery keeps its id'],
    ['downloads', 'downloads no file before it is asked to'],
    ['lastSent', 'links show no preview'],
    ['pings', 'words of an answer notify nobody'],
    ['seen', 'says read when told, and never by itself'],
    ['typing', 'shows that it is typing'],
    ['stall', 'notices a connection that went silent'],
    ['revoke', 'ends when its login is refused for good'],
  ];

  test.each(OPTIONAL)('%s is told so where it is needed', async (member, name) => {
    const stage = await createStage(async (tools) => {
      const { [member]: _left, ...bench } = new MemoryNetwork(tools).bench();
      return bench as ChannelBench;
    });
    expect(await caseOf(name).run(stage)).toEqual({ reason: `the bench has no ${member}` });
    await stage.close();
  });
});
