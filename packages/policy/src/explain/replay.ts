/**
 * What a recorded past would have been under another config.
 *
 * The audit log holds ids and flags, never text. Where the answer would hang on a text or a name, it
 * is not guessed: the line is undecidable, and says why.
 *
 * @module
 */
import type {
  Conversation,
  ConversationKind,
  Decision,
  Effect,
  Event,
  EventKind,
} from '@portcullis/core';
import { opennessOf } from '../combine.ts';
import type { AdmitState } from '../ingress/admit.ts';
import { compilePolicy } from '../policy.ts';
import { reasons } from '../reasons.ts';
import { isObject, own } from '../setting.ts';
import { servedTool } from '../tools/served.ts';
import { type Arrival, Judge, type Situation, unreached } from './judge.ts';

/** A line of the audit log. */
export interface AuditedLine {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** What became of one line. */
export interface ReplayedLine {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly principal: string;
  /** What it was about: `message in telegram group -100123`, `tool exec`. */
  readonly about: string;
  readonly outcome: 'opens' | 'closes' | 'same' | 'undecidable';
  readonly was: Pick<Decision, 'effect' | 'code'>;
  /** The answer under the other config, where there is one. */
  readonly now?: Pick<Decision, 'effect' | 'code' | 'path'>;
  /** Why there is none. */
  readonly reason?: string;
}

/** A replayed log. */
export interface Replay {
  /** Lines whose answer is another one, and undecidable ones, in their order. */
  readonly lines: readonly ReplayedLine[];
  readonly counts: Readonly<Record<ReplayedLine['outcome'] | 'skipped', number>>;
}

/** Which lines are told of. */
export interface ReplayOptions {
  /** Milliseconds since 1970; older lines are left out. Default all. */
  readonly since?: number;
}

/**
 * Decides the lines again under `config`. Lines that record no decision about an event or a tool
 * (answers that were sent, outcomes, pairings) are skipped.
 */
export function replay(
  lines: Iterable<AuditedLine>,
  config: unknown,
  options: ReplayOptions = {},
): Replay {
  const replayer = new Replayer(config);
  const told: ReplayedLine[] = [];
  const counts = { opens: 0, closes: 0, same: 0, undecidable: 0, skipped: 0 };
  for (const line of lines) {
    const result = replayer.replay(line);
    // Older lines are read all the same: they tell where later ones come from.
    if (line.at < (options.since ?? 0)) continue;
    counts[result?.outcome ?? 'skipped'] += 1;
    if (result !== undefined && result.outcome !== 'same') told.push(result);
  }
  return { lines: told, counts };
}

/** What was found out, or the sentence that says why it cannot be. */
type Found<Value> = Value | string;

/** Codes of decisions that are not policy's: how busy the gateway was, what a plugin said. */
function isPolicyCode(code: string): boolean {
  return Object.hasOwn(reasons, code) && code !== 'ingress.queue_full';
}

class Replayer {
  readonly #judge: Judge;
  readonly #config: unknown;
  readonly #hasPatterns: boolean;
  /** Admitted events by run, for the tools they led to. */
  readonly #runs: Map<string, Situation> = new Map();

  constructor(config: unknown) {
    this.#judge = new Judge(config);
    this.#config = config;
    this.#hasPatterns =
      compilePolicy(config).mentionPatterns().length > 0 || hasAgentPatterns(config);
  }

  replay(line: AuditedLine): ReplayedLine | undefined {
    const { seq, at, kind, entry } = line;
    const was = { effect: effectOf(entry), code: text(entry, 'code') ?? '' };
    const decides = kind === 'admit' || kind === 'fold' || kind === 'tool';
    if (!decides || was.code === 'tool.done' || was.code === 'tool.failed') return undefined;
    const base = {
      seq,
      at,
      kind,
      principal: text(entry, 'principal') ?? '',
      about: about(line),
      was,
    };
    const decision = this.#decideLine(kind, was.code, entry);
    if (typeof decision === 'string') return { ...base, outcome: 'undecidable', reason: decision };
    const { effect, code, path } = decision;
    const step = opennessOf(decision) - opennessOf({ ...decision, effect: was.effect });
    const changed = step > 0 ? 'opens' : 'closes';
    return { ...base, outcome: step === 0 ? 'same' : changed, now: { effect, code, path } };
  }

  #decideLine(kind: string, code: string, entry: AuditedLine['entry']): Found<Decision> {
    if (kind === 'fold') return 'Several refusals were counted in one line.';
    if (!isPolicyCode(code)) return 'It was not decided by the config.';
    return kind === 'tool' ? this.#tool(entry) : this.#admission(entry);
  }

  #admission(entry: AuditedLine['entry']): Found<Decision> {
    const situation = situationOf(entry);
    if (typeof situation === 'string') return situation;
    const runId = text(entry, 'runId');
    if (runId !== undefined) this.#runs.set(runId, situation);
    const decision = this.#decide(situation);
    const { conversation, kind } = situation.event;
    const mentionable = (kind === 'message' || kind === 'edit') && conversation.kind !== 'direct';
    if (mentionable && this.#hasPatterns) {
      const addressed = this.#decide(asAddressed(situation));
      if (opennessOf(addressed) !== opennessOf(decision)) {
        return 'Whether the text addressed the agent cannot be told: it is gone.';
      }
    }
    if (decision.effect !== 'allow' && usesNames(this.#config, conversation.channel)) {
      return 'The config lists people by name, and names are not recorded.';
    }
    return decision;
  }

  #decide(situation: Situation): Decision {
    const arrival = this.#judge.arrive(situation);
    const { admission, route } = arrival;
    const acts = admission.effect === 'allow' && route !== undefined && route.effect !== 'allow';
    return acts ? route : admission;
  }

  #tool(entry: AuditedLine['entry']): Found<Decision> {
    const tool = text(entry, 'tool') ?? '';
    const runId = text(entry, 'runId') ?? '';
    const situation = this.#runs.get(runId);
    if (situation === undefined) return 'The message it was for is not in this part.';
    if (tool === '<unknown>') return 'The name of the tool was not recorded.';
    if (JSON.stringify(this.#config)?.includes('"byProvider"') === true) {
      return 'The answer depends on the model, which is not recorded.';
    }
    const served = servedTool(this.#config, tool);
    const judge = new Judge(this.#config, {
      registered: [served ?? { name: tool, pluginId: tool }],
    });
    const arrival: Arrival = judge.arrive(situation);
    if (arrival.agentId === undefined) return unreached(arrival);
    return judge.call(situation, arrival, tool, {}).tool;
  }
}

const CHANNEL_KINDS: ReadonlySet<string> = new Set([
  'message',
  'edit',
  'reaction',
  'receipt',
  'poll',
  'pin',
  'member',
  'button',
  'command',
  'join',
]);

/** The event and state that a line tells of. */
function situationOf(entry: AuditedLine['entry']): Found<Situation> {
  const kind = text(entry, 'event') as EventKind | undefined;
  const channel = text(entry, 'channel');
  if (kind === undefined || channel === undefined) return 'The line cannot be read.';
  const isDoor = !CHANNEL_KINDS.has(kind);
  const recorded = own(entry, 'given');
  const conversationKind = text(entry, 'conversationKind') as ConversationKind;
  if (!isObject(recorded) && (isDoor || conversationKind !== 'direct')) {
    return 'The line does not hold the facts of the event.';
  }
  const given = isObject(recorded) ? recorded : {};
  const sender = senderOf(text(entry, 'principal') ?? '', channel, given);
  const command = text(entry, 'command');
  if (kind === 'command' && command === undefined) {
    return 'The name of the command was not recorded.';
  }
  const event: Event = {
    kind,
    conversation: {
      channel,
      accountId: text(entry, 'accountId') ?? 'default',
      kind: conversationKind,
      id: text(entry, 'conversation') ?? '',
      ...placeOf(given),
    },
    sender,
    at: 0,
    ...(isObject(own(given, 'facts'))
      ? { facts: own(given, 'facts') as Event['facts'] & object }
      : {}),
    ...(command === undefined ? {} : { command: { name: command, args: '' } }),
    ...(isDoor ? { origin: originOf(entry, given) } : {}),
  };
  const state = (isObject(own(given, 'state')) ? own(given, 'state') : {}) as AdmitState;
  const paired = own(given, 'paired') === true || text(entry, 'code') === 'dm.paired';
  const agentId = isDoor ? (text(entry, 'sessionKey') ?? '').split(':')[1] : undefined;
  return {
    event,
    state: { ...state, paired: paired && sender.id !== undefined ? [sender.id] : [] },
    ...(agentId === undefined ? {} : { agentId }),
  };
}

function senderOf(principal: string, channel: string, given: unknown): Event['sender'] {
  const id = principal.startsWith(`${channel}:`) ? principal.slice(channel.length + 1) : '';
  const roles = own(given, 'roles');
  return {
    ...(id === '' ? {} : { id }),
    ...(own(given, 'isBot') === true ? { isBot: true } : {}),
    ...(own(given, 'isSelf') === true ? { isSelf: true } : {}),
    ...(Array.isArray(roles) ? { roles: roles.filter((role) => typeof role === 'string') } : {}),
  };
}

const PLACE_KEYS = ['topicId', 'threadId', 'parentId', 'guildId', 'teamId'] as const;

function placeOf(given: unknown): Partial<Conversation> {
  const entries = PLACE_KEYS.flatMap((key) => {
    const value = own(given, key);
    return typeof value === 'string' ? [[key, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

function originOf(entry: AuditedLine['entry'], given: unknown): NonNullable<Event['origin']> {
  const principal = text(entry, 'principal') ?? '';
  const scopes = own(given, 'scopes');
  return {
    id: principal.slice(principal.indexOf(':') + 1),
    ...(Array.isArray(scopes) ? { scopes: scopes.filter((each) => typeof each === 'string') } : {}),
  };
}

function asAddressed(situation: Situation): Situation {
  const { event } = situation;
  const facts = { ...event.facts, nativeMention: true };
  return { ...situation, event: { ...event, facts } };
}

function about({ kind, entry }: AuditedLine): string {
  if (kind === 'tool') return `tool ${text(entry, 'tool') ?? ''}`;
  // A log may have been written by anything: what is not text is not shown.
  const shown = (key: string): string => text(entry, key) ?? '?';
  const room = entry['conversationKind'] === 'direct' ? '' : ` ${shown('conversation')}`;
  return `${shown('event')} in ${shown('channel')} ${shown('conversationKind')}${room}`;
}

function text(entry: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = own(entry, key);
  return typeof value === 'string' ? value : undefined;
}

const EFFECTS: readonly Effect[] = ['allow', 'deny', 'ask', 'pair', 'ignore'];

function effectOf(entry: AuditedLine['entry']): Effect {
  return EFFECTS.find((each) => each === own(entry, 'effect')) ?? 'deny';
}

function usesNames(config: unknown, channel: string): boolean {
  const section = own(own(config, 'channels'), channel);
  return JSON.stringify(section ?? null).includes('"dangerouslyAllowNameMatching":true');
}

/** Any agent with patterns or a name of its own: which agent it is may be another one now. */
function hasAgentPatterns(config: unknown): boolean {
  const entries = own(own(config, 'agents'), 'entries');
  const ids = isObject(entries) ? Object.keys(entries) : [];
  const policy = compilePolicy(config);
  return ids.some((id) => policy.mentionPatterns(id).length > 0);
}
