/**
 * Stops two bots that answer each other for ever.
 *
 * A pure transition over counters: the caller keeps the state and tells the time. People are never
 * counted.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { type Section, within } from '../config/shape.ts';
import { InvalidSetting, asFlag, isObject, own } from '../setting.ts';
import { verdict } from './reasons.ts';
import { roomOf } from './room.ts';
import { type Scope, isRefusal, openScope } from './scope.ts';

/** The counters of one pair of bots in one conversation. */
export interface BotPair {
  readonly events: readonly { readonly at: number; readonly id?: string }[];
  /** Milliseconds since 1970; 0 when no pause was ever ordered. */
  readonly cooldownUntil: number;
}

/** All pairs, by key. Plain JSON; start with `{}`. */
export type BotLoopState = Readonly<Record<string, BotPair>>;

/** One event between two bots. */
export interface BotLoopEvent {
  readonly channel: string;
  readonly accountId?: string;
  /** Finds the room's settings. */
  readonly peerId?: string;
  readonly topicId?: string;
  readonly parentId?: string;
  readonly guildId?: string;
  /** Goes into the key. */
  readonly conversation: string;
  readonly from: string;
  readonly to: string;
  readonly eventId?: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Default true. */
  readonly isBot?: boolean;
}

/** The decision and the state to keep. */
export interface BotLoopResult {
  readonly decision: Decision;
  readonly state: BotLoopState;
}

interface Limits {
  readonly enabled: boolean;
  readonly most: number;
  readonly windowMs: number;
  readonly cooldownMs: number;
}

/**
 * Counts `event` and says whether it may pass: `allow loop.ok`, or
 * `ignore ingress.bot_loop.suppressed` while the pair pauses.
 */
export function botLoopTransition(
  config: CompiledConfig,
  state: BotLoopState,
  event: BotLoopEvent,
): BotLoopResult {
  const pass = { decision: verdict.allow('loop.ok', 'input'), state };
  if (event.isBot === false) return pass;
  const scope = openScope(config, event);
  if (isRefusal(scope)) return { decision: scope, state };
  if (!Number.isFinite(event.now)) throw new InvalidSetting('input.now');
  const limits = readLimits(scope, event);
  if (!limits.enabled) return pass;
  const key = pairKey(scope, event);
  const pair = readPair(own(state, key));
  const { next, suppressed } = count(pair, event, limits);
  const path = `${scope.channelSection.path}.botLoopProtection`;
  return {
    decision: suppressed
      ? verdict.ignore('ingress.bot_loop.suppressed', path)
      : verdict.allow('loop.ok', path),
    state: { ...state, [key]: next },
  };
}

function count(
  pair: BotPair,
  { now, eventId }: BotLoopEvent,
  limits: Limits,
): { next: BotPair; suppressed: boolean } {
  const events = pair.events.filter(({ at }) => at > now - limits.windowMs);
  const kept = { events, cooldownUntil: pair.cooldownUntil };
  if (eventId !== undefined && events.some(({ id }) => id === eventId)) {
    return { next: kept, suppressed: false };
  }
  if (now < pair.cooldownUntil) return { next: kept, suppressed: true };
  const counted = [...events, eventId === undefined ? { at: now } : { at: now, id: eventId }];
  return counted.length > limits.most
    ? { next: { events: [], cooldownUntil: now + limits.cooldownMs }, suppressed: true }
    : { next: { events: counted, cooldownUntil: pair.cooldownUntil }, suppressed: false };
}

function readPair(value: unknown): BotPair {
  if (!isObject(value)) return { events: [], cooldownUntil: 0 };
  const events = own(value, 'events');
  const until = own(value, 'cooldownUntil');
  return {
    events: Array.isArray(events) ? events.flatMap(readCounted) : [],
    cooldownUntil: typeof until === 'number' ? until : 0,
  };
}

function readCounted(value: unknown): readonly { at: number; id?: string }[] {
  const at = own(value, 'at');
  const id = own(value, 'id');
  if (typeof at !== 'number') return [];
  return [typeof id === 'string' ? { at, id } : { at }];
}

function pairKey(scope: Scope, { conversation, from, to }: BotLoopEvent): string {
  const [first, second] = from < to ? [from, to] : [to, from];
  return JSON.stringify([scope.accountId, conversation, first, second]);
}

/** Room, account, channel, `channels.defaults`; each key from the first that sets it usably. */
function readLimits(scope: Scope, event: BotLoopEvent): Limits {
  const { peerId, topicId, parentId, guildId } = event;
  const room = roomOf(scope, { peerId, topicId, parentId, guildId });
  const layers = [
    ...room.layers,
    scope.accountSection,
    scope.channelSection,
    scope.defaults,
  ].filter((layer) => layer !== undefined);
  return {
    enabled: readEnabled(layers),
    most: readLimit(layers, 'maxEventsPerWindow') ?? 20,
    windowMs: (readLimit(layers, 'windowSeconds') ?? 60) * 1000,
    cooldownMs: (readLimit(layers, 'cooldownSeconds') ?? 60) * 1000,
  };
}

function readEnabled(layers: readonly Section[]): boolean {
  for (const layer of layers) {
    const enabled = asFlag(within(layer, 'botLoopProtection', 'enabled'));
    if (enabled !== undefined) return enabled;
  }
  return true;
}

function readLimit(layers: readonly Section[], key: string): number | undefined {
  for (const layer of layers) {
    const { value, path } = within(layer, 'botLoopProtection', key);
    if (value === undefined) continue;
    if (typeof value !== 'number') throw new InvalidSetting(path);
    if (Number.isFinite(value) && value > 0) return value;
  }
  return undefined;
}
