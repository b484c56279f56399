// Why an answer over classes is an answer over everything: no decision can tell an event from the
// one that speaks for it, every speaker is asked, and none of his other messages opens more.
import type { Event } from '@portcullis/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { opennessOf } from '../../src/combine.ts';
import { askersOf } from '../../src/explain/asker.ts';
import { type InputClass, channelInputs, eventOf } from '../../src/explain/input-class.ts';
import { Judge, type Situation } from '../../src/explain/judge.ts';
import { type Happening, happening, openWorld, worldConfig } from './world.ts';

const RUNS = { numRuns: 1000 };

/** Everything that is decided about an event, without the paths, which name ids. */
function decided(judge: Judge, situation: Situation): unknown {
  const arrival = judge.arrive(situation);
  const { admission, route, agentId, trust, isOwner } = arrival;
  const tools =
    agentId === undefined
      ? []
      : [...judge.tools(situation, arrival)].map(([name, { effect, code, constraints }]) => ({
          name,
          effect,
          code,
          constraints,
        }));
  const commands = ['status', 'config'].map((name) => judge.command(situation, name).code);
  return {
    admission: [admission.effect, admission.code, admission.obligations],
    route: [route?.effect, route?.code, agentId],
    trust,
    isOwner,
    tools,
    commands,
  };
}

/** How far an event gets: speaking, then the number of tools. */
function reached(judge: Judge, situation: Situation): Readonly<Record<string, number>> {
  const arrival = judge.arrive(situation);
  const { agentId } = arrival;
  const tools = agentId === undefined ? [] : [...judge.tools(situation, arrival)];
  return Object.fromEntries([
    ['speak', agentId === undefined ? 0 : opennessOf(arrival.admission)],
    ...tools.map(([name, decision]) => [name, opennessOf(decision)]),
  ]);
}

/** The event and state in which everything speaks for others like it. */
function speaker(config: unknown, { event, state }: Happening): Happening {
  const inputs = channelInputs([config]);
  const { channel } = event.conversation;
  const own = inputs.find((each) => each.channel === channel);
  const elsewhere = inputs.at(-1);
  if (own === undefined) {
    const unknown = { ...event.conversation, channel: elsewhere?.channel ?? '' };
    return { event: { ...event, conversation: unknown }, state };
  }
  const spoken = own.representative(event);
  const isPaired = [...(state.paired ?? [])].length > 0;
  return {
    event: spoken,
    state: {
      ...state,
      paired: isPaired && spoken.sender.id !== undefined ? [spoken.sender.id] : [],
    },
  };
}

const worlds = fc.oneof(openWorld, fc.tuple(worldConfig, happening));

test('an event is decided like the one that speaks for it', () => {
  fc.assert(
    fc.property(worlds, ([config, event]) => {
      const judge = new Judge(config);
      expect(decided(judge, speaker(config, event))).toEqual(decided(judge, event));
    }),
    RUNS,
  );
});

/** What tells an event from another one, beside the id of its sender. */
function featuresOf({ conversation, sender }: Event): string {
  const { accountId, kind, id, topicId, parentId, guildId, teamId } = conversation;
  const { username, name, roles = [] } = sender;
  const place = [accountId, kind, id, topicId, parentId, guildId, teamId];
  return JSON.stringify([place, username, name, roles.toSorted()]);
}

/** The input that is asked about for an event that speaks for others. */
function askedFor(config: unknown, { event, state }: Happening): InputClass | undefined {
  const { channel, kind } = event.conversation;
  const paired = kind === 'direct' && [...(state.paired ?? [])].length > 0;
  const inputs = channelInputs([config]).find((each) => each.channel === channel) ?? [];
  const wanted = featuresOf(event);
  let found: InputClass | undefined;
  for (const input of inputs) {
    const { person, self } = input;
    if (self || person.id !== event.sender.id || input.paired !== paired) continue;
    if (featuresOf(eventOf(input).event) !== wanted) continue;
    // No list may ask for the group of the network; then being in it makes no difference.
    const fits = person.audience.includes('server') === (state.audience?.['server'] === true);
    if (fits || found === undefined) found = input;
  }
  return found;
}

test('every speaker is asked, and the message he is asked with opens most', () => {
  fc.assert(
    fc.property(worlds, ([config, given]) => {
      const { channel } = given.event.conversation;
      fc.pre(Object.hasOwn((config['channels'] ?? {}) as object, channel));
      const input = askedFor(config, speaker(config, given));
      expect(input).toBeDefined();
      if (input === undefined) return;
      const judge = new Judge(config);
      const most = reached(judge, eventOf(input));
      for (const [name, openness] of Object.entries(reached(judge, given))) {
        expect([name, most[name] ?? 0]).toEqual([name, Math.max(openness, most[name] ?? 0)]);
      }
    }),
    { numRuns: 300 },
  );
});

test('everybody is asked about at least once, listed or not', () => {
  const config = {
    channels: {
      telegram: { allowFrom: ['1', 'tg:2'], groups: { '-5': {}, '-6': { enabled: false } } },
    },
    commands: { ownerAllowFrom: ['telegram:1'] },
  };
  const people = new Map<string, readonly string[]>();
  const rooms = new Map<string, readonly string[]>();
  for (const asker of askersOf([config]).askers) {
    if (asker.kind !== 'channel' || asker.input.place.channel !== 'telegram') continue;
    people.set(asker.input.person.id, asker.input.person.members);
    if (asker.input.place.kind === 'group')
      rooms.set(asker.input.place.id ?? '', asker.input.place.members);
  }
  expect([...people.values()]).toEqual([['1'], ['2'], []]);
  expect([...rooms.values()]).toEqual([['-5'], ['-6'], []]);
});

test('keys that compare without case make one class of all spellings', () => {
  const config = {
    channels: { matrix: { dmPolicy: 'open', allowFrom: ['*'] } },
    tools: { profile: 'full', toolsBySender: { '@a:x': { deny: ['read'] } } },
  };
  const [inputs] = channelInputs([config]);
  const ids = inputs?.people.ids;
  expect(ids?.representative('@A:x')).toBe(ids?.representative('@a:x'));
  expect(ids?.representative('@b:x')).toBe('stranger-1');
  expect(ids?.isNamed('@A:X')).toBe(true);
});
