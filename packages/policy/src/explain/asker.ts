/**
 * Everybody who can ask something of the gateway: the people of every channel, one of each kind that
 * the configs can tell apart, and the gateway's own doors.
 *
 * @module
 */
import type { Event, EventKind, TrustClass } from '@portcullis/core';
import type { AdmitState } from '../ingress/admit.ts';
import { isObject, own } from '../setting.ts';
import { type InputClass, channelInputs, eventOf } from './input-class.ts';
import type { Arrival, Judge, Situation } from './judge.ts';

/** Who somebody is to the gateway. In a room nobody named, a member is a stranger. */
export type Who =
  | 'owner'
  | 'paired'
  | 'allowlisted'
  | 'member'
  | 'stranger'
  | 'operator'
  | 'cron'
  | 'webhook'
  | 'subagent';

/** All of {@link Who}, most trusted first. */
export const WHO: readonly Who[] = [
  'owner',
  'paired',
  'allowlisted',
  'member',
  'stranger',
  'operator',
  'cron',
  'webhook',
  'subagent',
];

/** The model in use and where the session runs: what tool policy may depend on beside the asker. */
export interface Variant {
  readonly provider?: string;
  readonly model?: string;
  readonly sandboxed?: boolean;
}

/** Somebody who asks, without the config that answers him. */
export type Asker =
  | { readonly kind: 'channel'; readonly input: InputClass }
  | {
      readonly kind: 'door';
      readonly door: 'operator' | 'cron' | 'webhook' | 'subagent';
      readonly agentId: string;
      /** Of an operator, a job's creator or the requester of a parent session. */
      readonly trust: TrustClass;
    };

/** Everybody `configs` can tell apart. */
export interface Askers {
  readonly askers: Iterable<Asker>;
  readonly variants: readonly Variant[];
  /** Settings with so many combinations that not every one is looked at; usually none. */
  readonly incomplete: readonly string[];
}

/** One of everybody whom `configs` can tell apart, alone or together. */
export function askersOf(configs: readonly unknown[]): Askers {
  const channels = channelInputs(configs);
  const agents = agentsOf(configs);
  function* all(): Generator<Asker> {
    for (const inputs of channels) {
      for (const input of inputs) yield { kind: 'channel', input };
    }
    for (const agentId of agents) {
      yield { kind: 'door', door: 'operator', agentId, trust: 'owner' };
      yield { kind: 'door', door: 'operator', agentId, trust: 'trusted' };
      yield { kind: 'door', door: 'cron', agentId, trust: 'owner' };
      yield { kind: 'door', door: 'webhook', agentId, trust: 'external' };
      yield { kind: 'door', door: 'subagent', agentId, trust: 'owner' };
    }
  }
  return {
    askers: { [Symbol.iterator]: all },
    variants: variantsOf(configs),
    incomplete: channels
      .filter(({ people }) => !people.complete)
      .map(({ channel }) => `channels.${channel}`),
  };
}

/** The event of `asker` as `judge`'s config makes it. */
export function situationOf(judge: Judge, asker: Asker, variant: Variant): Situation {
  if (asker.kind === 'channel') return { ...eventOf(asker.input), ...variant };
  const { door, agentId, trust } = asker;
  const event = doorEvent(DOOR_KINDS[door], trust);
  const state: AdmitState = {
    hookVerified: true,
    creatorStillAllowed: true,
    creatorTrust: trust,
    parentTrust: trust,
  };
  const situation = { event, state, agentId, ...variant };
  return door === 'subagent'
    ? { ...situation, subagent: { depth: 1, parentTools: parentTools(judge, agentId, variant) } }
    : situation;
}

/** Who the asker is to `judge`'s config. */
export function whoIs(judge: Judge, asker: Asker, { admission, trust }: Arrival): Who {
  if (asker.kind === 'door') return asker.door;
  const { place, person, paired, self } = asker.input;
  if (self || judge.isOwner(place.channel, person.id)) return 'owner';
  if (trust === 'trusted' && admission.code !== 'dm.paired') return 'allowlisted';
  if (place.kind === 'direct') return paired ? 'paired' : 'stranger';
  return place.named ? 'member' : 'stranger';
}

const DOOR_KINDS: Readonly<Record<Extract<Asker, { kind: 'door' }>['door'], EventKind>> = {
  operator: 'operator',
  cron: 'cron',
  webhook: 'hook',
  subagent: 'subagent',
};

function doorEvent(kind: EventKind, trust: TrustClass): Event {
  const scopes = [trust === 'owner' ? 'operator.admin' : 'operator.write'];
  return {
    kind,
    conversation: { channel: '', accountId: 'default', kind: 'direct', id: kind },
    sender: {},
    at: 0,
    origin: { id: kind, scopes },
  };
}

/** What the owner himself could use: the most a sub-agent can have been given. */
function parentTools(judge: Judge, agentId: string, variant: Variant): readonly string[] {
  const parent: Asker = { kind: 'door', door: 'operator', agentId, trust: 'owner' };
  const situation = situationOf(judge, parent, variant);
  const decisions = judge.tools(situation, judge.arrive(situation));
  return [...decisions].flatMap(([name, { effect }]) => (effect === 'allow' ? [name] : []));
}

function agentsOf(configs: readonly unknown[]): readonly string[] {
  const ids = configs.flatMap((config) => {
    const entries = own(own(config, 'agents'), 'entries');
    const keys = isObject(entries) ? Object.keys(entries) : [];
    return keys.length === 0 ? ['main'] : keys.map((key) => key.trim().toLowerCase());
  });
  return [...new Set(ids)];
}

/** Every model some `byProvider` speaks of and one that none does; inside and outside a sandbox. */
function variantsOf(configs: readonly unknown[]): readonly Variant[] {
  const sections = configs.flatMap((config) => {
    const entries = own(own(config, 'agents'), 'entries');
    const agents = isObject(entries) ? Object.values(entries) : [];
    return [own(config, 'tools'), ...agents.map((agent) => own(agent, 'tools'))];
  });
  const keys = sections.flatMap((section) => {
    const map = own(section, 'byProvider');
    return isObject(map) ? Object.keys(map) : [];
  });
  const models: readonly Variant[] = [{}, ...[...new Set(keys)].map(modelOf)];
  const sandboxes = configs.some((config) => hasSandbox(config));
  return sandboxes ? models.flatMap((each) => [each, { ...each, sandboxed: true }]) : models;
}

/** `provider/model` is read before `provider`, so a key for a provider means another model of it. */
function modelOf(key: string): Variant {
  const slash = key.indexOf('/');
  return slash < 0
    ? { provider: key }
    : { provider: key.slice(0, slash), model: key.slice(slash + 1) };
}

function hasSandbox(config: unknown): boolean {
  const agents = own(config, 'agents');
  const entries = own(agents, 'entries');
  const sections = [
    own(agents, 'defaults'),
    own(config, 'tools'),
    ...(isObject(entries) ? Object.values(entries) : []),
  ];
  return sections.some(
    (section) =>
      own(section, 'sandbox') !== undefined || own(own(section, 'tools'), 'sandbox') !== undefined,
  );
}
