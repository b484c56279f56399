/**
 * Which agent answers a conversation. Runs only after admission.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { type Section, normaliseIdKey, readChannel, rootSection, within } from '../config/shape.ts';
import { canonicalSender, idText } from '../identity/sender.ts';
import { readAccountId } from '../ingress/scope.ts';
import { inputText } from '../ingress/speaker.ts';
import { InvalidSetting, asList, isObject, own } from '../setting.ts';
import { defaultAgent, isKnownAgent } from '../config/agents.ts';
import { type SessionCode, verdict } from './reasons.ts';

/** The conversation to route. */
export interface RouteInput {
  readonly channel: string;
  readonly accountId?: string;
  readonly kind: 'direct' | 'group' | 'channel' | 'groupdm';
  readonly peerId?: string;
  readonly parentId?: string;
  readonly guildId?: string;
  readonly teamId?: string;
  readonly sender: { readonly id?: string | number; readonly roles?: readonly string[] };
}

/** A routing decision: the agent id as `value`, and the binding that chose it. */
export interface RouteDecision extends Decision {
  /** Session settings of the winning binding, to be handed to the session key. */
  readonly binding?: { readonly session: Readonly<Record<string, unknown>> };
}

/** Most specific first. */
const TIERS = [
  'route.peer',
  'route.peer.parent',
  'route.peer.wildcard',
  'route.guild_roles',
  'route.guild',
  'route.team',
  'route.account',
  'route.channel',
] as const satisfies readonly SessionCode[];

type Tier = (typeof TIERS)[number];

/** The agent for `input`: the binding of the most specific tier, the first inside a tier. */
export function decideRoute(config: CompiledConfig, input: unknown): RouteDecision {
  const place = readPlace(input);
  const bindings = asList(within(rootSection(config), 'bindings')) ?? [];
  let best: { tier: Tier; binding: Section } | undefined;
  bindings.forEach((value: unknown, index) => {
    const path = `bindings.${index}`;
    if (!isObject(value)) throw new InvalidSetting(path);
    const binding = { value, path };
    const tier = tierOf(binding, place);
    if (tier === undefined) return;
    if (best === undefined || TIERS.indexOf(tier) < TIERS.indexOf(best.tier)) {
      best = { tier, binding };
    }
  });
  return best === undefined ? byDefaultAgent(config) : byBinding(config, best);
}

function byBinding(
  config: CompiledConfig,
  { tier, binding }: { tier: Tier; binding: Section },
): RouteDecision {
  const agentId = own(binding.value, 'agentId');
  const id = typeof agentId === 'string' ? normaliseIdKey(agentId) : '';
  if (!isKnownAgent(config, id))
    return verdict.deny('route.agent.unknown', `${binding.path}.agentId`);
  const decision = verdict.allow(tier, binding.path, { value: id });
  const session = within(binding, 'session');
  if (session.value === undefined) return decision;
  if (!isObject(session.value)) throw new InvalidSetting(session.path);
  return { ...decision, binding: { session: session.value } };
}

function byDefaultAgent(config: CompiledConfig): Decision {
  const agent = defaultAgent(config);
  return agent === undefined
    ? verdict.deny('route.agent.ambiguous', 'agents.entries')
    : verdict.allow('route.default', agent.path, { value: agent.id });
}

interface Place {
  readonly channel: string;
  readonly accountId: string;
  readonly direct: boolean;
  /** Canonical sender for a direct conversation, else the room's id. */
  readonly peerId: string | undefined;
  readonly parentId: string | undefined;
  readonly guildId: string | undefined;
  readonly teamId: string | undefined;
  readonly roles: readonly unknown[];
}

const ROOM_KINDS: ReadonlySet<unknown> = new Set(['group', 'channel', 'groupdm']);

function readPlace(input: unknown): Place {
  const channel = readChannel({ value: own(input, 'channel'), path: 'input.channel' });
  const kind = own(input, 'kind');
  if (kind !== 'direct' && !ROOM_KINDS.has(kind)) throw new InvalidSetting('input.kind');
  const direct = kind === 'direct';
  const sender = own(input, 'sender');
  const roles = own(sender, 'roles');
  return {
    channel: channel.toLowerCase(),
    accountId: readAccountId(own(input, 'accountId')),
    direct,
    peerId: direct
      ? canonicalSender(channel.toLowerCase(), own(sender, 'id'))
      : inputText(own(input, 'peerId')),
    parentId: direct ? undefined : inputText(own(input, 'parentId')),
    guildId: inputText(own(input, 'guildId')),
    teamId: inputText(own(input, 'teamId')),
    roles: Array.isArray(roles) ? roles : [],
  };
}

/** The tier of the binding's most specific field when every field it gives matches. */
function tierOf(binding: Section, place: Place): Tier | undefined {
  const match = own(binding.value, 'match');
  if (!isObject(match)) throw new InvalidSetting(`${binding.path}.match`);
  const section = { value: match, path: `${binding.path}.match` };
  const channel = readText(section, 'channel');
  if (channel === undefined) throw new InvalidSetting(`${section.path}.channel`);
  if (channel.toLowerCase() !== place.channel) return undefined;
  const account = readText(section, 'accountId');
  if (!accountMatches(account, place.accountId)) return undefined;
  const guildId = readText(section, 'guildId');
  if (guildId !== undefined && guildId !== place.guildId) return undefined;
  const teamId = readText(section, 'teamId');
  if (teamId !== undefined && teamId !== place.teamId) return undefined;
  const roles = asList(within(section, 'roles'));
  if (roles !== undefined && !roles.some((role) => place.roles.includes(role))) return undefined;
  const peer = within(section, 'peer');
  if (peer.value !== undefined) return peerTier(peer.value, place);
  if (roles !== undefined) return 'route.guild_roles';
  if (guildId !== undefined) return 'route.guild';
  if (teamId !== undefined) return 'route.team';
  return account === '*' ? 'route.channel' : 'route.account';
}

function readText(section: Section, name: string): string | undefined {
  const { value, path } = within(section, name);
  if (value === undefined) return undefined;
  const text = idText(value)?.trim();
  if (text === undefined) throw new InvalidSetting(path);
  return text;
}

/** A binding without an account speaks of the default account only. */
function accountMatches(pattern: string | undefined, accountId: string): boolean {
  if (pattern === '*') return true;
  return normaliseIdKey(pattern ?? 'default') === accountId;
}

/** Rooms of every kind stand for each other; a direct peer is one. A malformed peer is nobody. */
function peerTier(peer: unknown, place: Place): Tier | undefined {
  const kind = own(peer, 'kind');
  const id = idText(own(peer, 'id'))?.trim();
  if (id === undefined) return undefined;
  if (place.direct ? kind !== 'direct' : !ROOM_KINDS.has(kind)) return undefined;
  if (id === '*') return 'route.peer.wildcard';
  const wanted = place.direct ? canonicalSender(place.channel, id) : id;
  if (wanted === undefined) return undefined;
  if (wanted === place.peerId) return 'route.peer';
  return wanted === place.parentId ? 'route.peer.parent' : undefined;
}
