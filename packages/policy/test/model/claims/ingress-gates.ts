/**
 * Claims about what lies around the lists: ids that are words of the language, commands, duplicate
 * events, loops of bots, and settings that cannot be read.
 *
 * @module
 */
import { compileInPlace } from '../../../src/config/compile.ts';
import { type BotLoopState, botLoopTransition } from '../../../src/ingress/bot-loop.ts';
import { dedupeKey } from '../../../src/ingress/ingress.ts';
import { type Claim, type Run, explore, present, product } from '../explorer.ts';
import { admit, channelConfig, roomEvent, telegram } from '../ingress-domain.ts';
import { inheritedNames } from './ingress-names.ts';
import { unreadable } from './ingress-unreadable.ts';

const OWNER_ONLY = [
  'activation',
  'exec',
  'elevated',
  'config',
  'approve',
  'restart',
  'debug',
  'pair',
  'allowlist',
  'bash',
  'constructor',
  'no-such-command',
];
const OPEN = ['status', 'help', 'new'];

/** How the sender came in: by an entry of his own, by *, or as a member of the room. */
const ADMISSIONS = [
  { allowFrom: [telegram.a], explicit: true },
  { allowFrom: ['*'], explicit: false },
  { allowFrom: undefined, explicit: false },
] as const;

const a = `telegram:${telegram.a}`;
const OWNERS = [undefined, [], [telegram.a], ['*'], [`discord:${telegram.a}`], [a]] as const;
const COMMANDERS = [
  undefined,
  {},
  { telegram: [] },
  { telegram: [telegram.a] },
  { '*': ['*'] },
] as const;

function checkCommands(run: Run): void {
  for (const [name, owners, allowFrom, admission] of product(
    [...OWNER_ONLY, ...OPEN],
    OWNERS,
    COMMANDERS,
    ADMISSIONS,
  )) {
    const groups = { g: present({ allowFrom: admission.allowFrom }) };
    const commands = present({ ownerAllowFrom: owners, allowFrom });
    const config = channelConfig(telegram, { groups }, { commands });
    const [plain, loud] = [name, `/${name.toUpperCase()} `].map((command) =>
      admit(config, roomEvent('g', { id: telegram.a }, { command })),
    );
    if (plain === undefined || loud === undefined) continue;
    const isOwner = owners?.some((entry) => entry === telegram.a || entry === a) === true;
    const trace = { config, name, plain, loud };
    const listed = !OWNER_ONLY.includes(name) || isOwner;
    run.expect(plain.effect !== 'allow' || listed, 'a command of the owner was allowed', trace);
    run.expect(plain.code === loud.code, 'the spelling of a command matters', trace);
    const entitled = isOwner || admission.explicit || allowFrom !== undefined;
    run.expect(plain.effect !== 'allow' || entitled, 'membership gave a command', trace);
  }
}

/** Distinct numbers for distinct tuples, found by walking a tree of fields. */
class Tuples {
  private readonly root: Map<string, unknown> = new Map();
  private count = 0;

  numberOf(fields: readonly string[]): number {
    let at = this.root;
    for (const field of fields.slice(0, -1)) {
      const next = at.get(field) ?? new Map();
      at.set(field, next);
      at = next as Map<string, unknown>;
    }
    const last = fields.at(-1) ?? '';
    const known = at.get(last);
    if (typeof known === 'number') return known;
    this.count += 1;
    at.set(last, this.count);
    return this.count;
  }
}

function words(alphabet: readonly string[], longest: number): readonly string[] {
  const all = [''];
  let layer = [''];
  for (let length = 1; length <= longest; length += 1) {
    layer = layer.flatMap((word) => alphabet.map((symbol) => word + symbol));
    all.push(...layer);
  }
  return all;
}

function event(eventId: string, topicId: string, seen: readonly unknown[]): unknown {
  return roomEvent('g', { id: telegram.a }, { eventId, topicId, state: { seen } });
}

function checkDuplicates(run: Run): void {
  const ids = words(['a', '"', ',', ':'], run.long ? 3 : 2);
  const tuples = new Tuples();
  const keys = new Map<string, number>();
  const events = product(
    ['telegram', 'matrix'],
    ['default', 'work'],
    ['group', 'channel'],
    ids,
    ids,
    ids,
  );
  for (const [channel, accountId, kind, peerId, topicId, eventId] of events) {
    const input = { channel, accountId, kind, peerId, topicId, eventId, sender: { id: '1' } };
    const key = dedupeKey(input);
    if (eventId === '') {
      run.expect(key === undefined, 'an event without an id has a key', input);
      continue;
    }
    const tuple = tuples.numberOf([channel, accountId, kind, peerId, topicId, eventId]);
    const known = keys.get(key ?? '');
    run.expect(
      key !== undefined && (known === undefined || known === tuple),
      'two events have one key',
      input,
      key,
    );
    if (key !== undefined) keys.set(key, tuple);
  }
  const config = channelConfig(telegram, { groups: { '*': {} } });
  for (const [one, other, topicOne, topicTwo] of product(
    ['a', 'a:'],
    ['a', 'a:'],
    ['x', ':x'],
    ['x', ':x'],
  )) {
    const decision = admit(config, event(other, topicTwo, [dedupeKey(event(one, topicOne, []))]));
    const repeated = one === other && topicOne === topicTwo;
    const ignored = decision.code === 'ingress.duplicate';
    run.expect(ignored === repeated, 'a repeat passes or a new event is dropped', one, other);
  }
}

interface Looping {
  readonly now: number;
  readonly counters: BotLoopState;
  /** Times at which an event passed, since the last pause. */
  readonly passed: readonly number[];
  /** When the current pause began. */
  readonly pausedAt: number | null;
}

const STEPS = [0, 500, 1000, 2000] as const;
const CONVERSATION = { channel: 'telegram', conversation: 'g', from: '1', to: '2' };

function checkLoops(run: Run): void {
  for (const [most, window, cooldown] of product([1, 2, 3], [1, 2], [1, 2])) {
    const limits = { maxEventsPerWindow: most, windowSeconds: window, cooldownSeconds: cooldown };
    const config = compileInPlace({ channels: { telegram: { botLoopProtection: limits } } });
    explore<Looping, number>(
      {
        initial: [{ now: 0, counters: {}, passed: [], pausedAt: null }],
        depth: run.long ? 10 : 8,
        actions: () => STEPS,
        step(before, later) {
          const now = before.now + later;
          const message = { ...CONVERSATION, now };
          const { decision, state: counters } = botLoopTransition(config, before.counters, message);
          const human = botLoopTransition(config, counters, { ...message, isBot: false });
          const passes = decision.effect === 'allow';
          const over = before.pausedAt === null || now >= before.pausedAt + cooldown * 1000;
          const recent = before.passed.filter((at) => at > now - window * 1000);
          const passed = passes ? [...recent, now] : [];
          const pausedAt = passes ? null : over ? now : before.pausedAt;
          const state = { now, counters, passed, pausedAt };
          if (human.decision.effect !== 'allow') return { state, broken: 'a person was counted' };
          if (passed.length > most) return { state, broken: 'too many events passed' };
          if (passes && !over) return { state, broken: 'an event passed during a pause' };
          const stuck = !passes && before.pausedAt !== null && over;
          return stuck ? { state, broken: 'a pause does not end' } : { state };
        },
      },
      run,
    );
  }
}

/** What is proved about the other gates. */
export const gateClaims: readonly Claim[] = [
  inheritedNames,
  {
    id: 'I10',
    sentence: 'commands of the owner need an owner entry; membership gives no command',
    bounds: '15 commands in 2 spellings, 6 owner lists, 5 command lists, 3 ways of being admitted',
    check: checkCommands,
  },
  {
    id: 'I11',
    sentence: 'two events have one key exactly when all their fields are equal',
    bounds:
      'ids over a " , : up to 2 symbols at three places, 2 networks, 2 accounts, 2 kinds. Long: up to 3 symbols',
    check: checkDuplicates,
  },
  {
    id: 'I12',
    sentence: 'two bots pass at most the limit between pauses, pauses end, people never count',
    bounds:
      'limits 1 to 3, windows and pauses 1 and 2 s, steps 0, 0.5, 1, 2 s, depth 8. Long: depth 10',
    check: checkLoops,
  },
  unreadable,
];
