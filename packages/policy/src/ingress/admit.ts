/**
 * The one door to the agent: every kind of event is admitted here, and nowhere else.
 *
 * Events of channels pass the gates of `ingress.ts`. Events of the gateway's own doors (operator
 * chat, API, hooks, schedule, sub-agents) are judged by what their door attests.
 *
 * @module
 */
import type { Decision, Event, EventKind, Principal, TrustClass } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { firstSetting, rootSection, within } from '../config/shape.ts';
import { linkMembers, linkedName } from '../identity/identity-links.ts';
import { InvalidSetting, asFlag, asList, isObject, own } from '../setting.ts';
import { invalid, total } from '../verdict.ts';
import { isListedOwner } from './command.ts';
import { type GateResult, type IngressInput, type IngressState, passGates } from './ingress.ts';
import { verdict } from './reasons.ts';
import { roomOf } from './room.ts';
import { accountSetting, isRefusal, openScope } from './scope.ts';
import { selfChatMode } from './self-chat.ts';
import { inputText } from './speaker.ts';

/** What the gateway knows about an event. What is absent counts against the event. */
export interface AdmitState extends IngressState {
  /** For an edit: its message was admitted and has no answer yet. */
  readonly originalAdmittedUnanswered?: boolean;
  /** For a button: its record exists, belongs to this message and is meant for this person. */
  readonly buttonBound?: boolean;
  /** For a hook: its token or signature was verified and it is no replay. */
  readonly hookVerified?: boolean;
  /**
   * For an operator that is a device: the scopes it is approved for now. Without it those it spoke
   * with count.
   */
  readonly operatorScopes?: readonly string[];
  /** For a scheduled job: its creator still holds the authority the job was made with. */
  readonly creatorStillAllowed?: boolean;
  /** For a scheduled job: the trust of its creator now. Default `external`. */
  readonly creatorTrust?: TrustClass;
  /** For a sub-agent: the trust of the requester it works for. Without it the event is denied. */
  readonly parentTrust?: TrustClass;
  /** Whose mention patterns count. */
  readonly agentId?: string;
}

/** The decision about an event, and who is behind it. */
export interface Admission extends Decision {
  readonly principal: Principal;
  /** True when the event may start a turn of the agent. Commands and buttons are run, not read. */
  readonly wakes: boolean;
  readonly isOwner: boolean;
}

/** Decides whether `event` comes in. Total. */
export function admitEvent(config: CompiledConfig, event: Event, state: AdmitState): Admission {
  let admission: Admission | undefined;
  const decision = total(() => {
    if (!isObject(event)) throw new InvalidSetting('event');
    admission = admitKind(config, event, isObject(state) ? state : {});
    return admission;
  });
  return admission ?? refused(decision, event);
}

type ChannelKind = 'message' | 'edit' | 'command' | 'button' | 'record';

/** The closed table of kinds a channel may report. What is not here is not admitted. */
const CHANNEL_KINDS: ReadonlyMap<EventKind, ChannelKind> = new Map<EventKind, ChannelKind>([
  ['message', 'message'],
  ['edit', 'edit'],
  ['command', 'command'],
  ['button', 'button'],
  ['reaction', 'record'],
  ['receipt', 'record'],
  ['poll', 'record'],
  ['pin', 'record'],
  ['member', 'record'],
]);

function admitKind(config: CompiledConfig, event: Event, state: AdmitState): Admission {
  const kind = CHANNEL_KINDS.get(event.kind);
  if (kind !== undefined) return admitSender(config, event, kind, state);
  switch (event.kind) {
    case 'join':
      return refused(joinDecision(config, event), event);
    case 'operator':
    case 'api':
      return admitScoped(event, state, event.kind);
    case 'hook':
      return state.hookVerified === true
        ? admitted(verdict.allow('event.hook', 'hooks'), event, 'external')
        : refused(verdict.deny('hook.auth_failed', 'hooks'), event);
    case 'cron':
      return state.creatorStillAllowed === true
        ? admitted(verdict.allow('event.cron', 'cron'), event, trustOf(state.creatorTrust))
        : refused(verdict.deny('event.cron.creator_revoked', 'cron'), event);
    case 'subagent':
      return state.parentTrust === undefined
        ? refused(verdict.deny('event.subagent.orphaned', 'event.origin'), event)
        : admitted(
            verdict.allow('event.subagent', 'event.origin'),
            event,
            trustOf(state.parentTrust),
          );
    default:
      return refused(verdict.deny('event.kind.unknown', 'event.kind'), event);
  }
}

function admitSender(
  config: CompiledConfig,
  event: Event,
  kind: ChannelKind,
  state: AdmitState,
): Admission {
  const addressing = kind === 'message' || kind === 'edit';
  const result = passGates(config, ingressInput(event, state), { addressing });
  const decision = afterGates(result.decision, event, kind, state);
  const trust = senderTrust(config, event, { ...result, decision });
  return {
    ...decision,
    principal: principal(event, `${event.conversation.channel}:${result.speaker.id ?? ''}`, trust),
    wakes: decision.effect === 'allow' && addressing,
    isOwner: trust === 'owner',
  };
}

/** What the kind of an event that passed the gates still asks for. */
function afterGates(
  decision: Decision,
  event: Event,
  kind: ChannelKind,
  state: AdmitState,
): Decision {
  if (decision.effect !== 'allow') return withoutPairing(decision, kind);
  switch (kind) {
    case 'message':
      return decision;
    case 'edit':
      return state.originalAdmittedUnanswered === true
        ? decision
        : verdict.ignore('event.edit.recorded', 'state.originalAdmittedUnanswered');
    case 'command':
      return event.command === undefined ? invalid('event.command') : decision;
    case 'button':
      return state.buttonBound === true
        ? decision
        : verdict.deny('event.button.unbound', 'state.buttonBound');
    case 'record':
      return verdict.ignore('event.kind.recorded', 'event.kind');
  }
}

/** Only what a stranger writes asks for a pairing code; his reactions and receipts do not. */
function withoutPairing(decision: Decision, kind: ChannelKind): Decision {
  return decision.effect === 'pair' && (kind === 'record' || kind === 'button')
    ? verdict.ignore('event.kind.recorded', decision.path)
    : decision;
}

/** The channel part of an event in the shape of `ingress.decide`. */
function ingressInput(event: Event, state: AdmitState): IngressInput {
  const { conversation } = event;
  if (!isObject(conversation)) throw new InvalidSetting('event.conversation');
  return {
    channel: conversation.channel,
    accountId: conversation.accountId,
    kind: conversation.kind,
    peerId: conversation.id,
    ...optional('parentId', conversation.parentId),
    ...optional('topicId', conversation.topicId),
    ...optional('threadId', conversation.threadId),
    ...optional('guildId', conversation.guildId),
    sender: event.sender,
    ...optional('text', event.text),
    ...optional('eventId', event.eventId),
    ...optional('agentId', state.agentId),
    ...optional('facts', event.facts),
    ...optional('command', event.command?.name),
    state,
  };
}

function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): Partial<Record<Key, Value>> {
  const entry: Partial<Record<Key, Value>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}

/**
 * The trust of an admitted sender. Being let in by `*` or by membership makes nobody trusted, and
 * a person whose linked identities are not all owners speaks with less than owner's trust: the
 * session they share is only as safe as the weakest of them.
 */
function senderTrust(config: CompiledConfig, event: Event, result: GateResult): TrustClass {
  const { decision, speaker, isOwner, explicit, welcome } = result;
  if (!welcome || decision.effect === 'deny') return 'external';
  if (speaker.isBot) return 'member';
  if (isOwner) {
    return hasWeakerLink(config, event.conversation.channel, speaker.id) ? 'trusted' : 'owner';
  }
  return explicit ? 'trusted' : 'member';
}

function hasWeakerLink(config: CompiledConfig, channel: string, id: string | undefined): boolean {
  if (id === undefined || !usesLinks(config)) return false;
  const name = linkedName(config, channel, id);
  if (name === undefined) return false;
  return linkMembers(config, name).some(
    ([memberChannel, member]) => !isListedOwner(config, memberChannel, member),
  );
}

/** Links merge sessions only where sessions are kept apart in the first place. */
function usesLinks(config: CompiledConfig): boolean {
  const root = rootSection(config);
  const scopes = [
    within(root, 'session', 'dmScope').value,
    ...(asList(within(root, 'bindings')) ?? []).map((each) => own(own(each, 'session'), 'dmScope')),
  ];
  return scopes.some((scope) => scope !== undefined && scope !== 'main');
}

/** Being added to a room: nothing wakes, and a room that is not listed may have to be left. */
function joinDecision(config: CompiledConfig, event: Event): Decision {
  const scope = openScope(config, event.conversation);
  if (isRefusal(scope)) return scope;
  // Nobody is sent out of his own rooms.
  const ownNumber = selfChatMode(scope);
  if (ownNumber !== undefined) return verdict.ignore('ingress.self_chat_only', ownNumber.path);
  const { conversation } = event;
  const { id: peerId, parentId, guildId } = conversation;
  const room = roomOf(scope, { peerId, topicId: undefined, parentId, guildId });
  if (room.peerId === undefined) {
    return verdict.deny('ingress.room.missing_id', 'event.conversation.id');
  }
  const refusal = room.refusal();
  // Coming into a server is about all of it: one with a listed channel is listed.
  const isListed =
    refusal === undefined ||
    (conversation.channel === 'discord' &&
      peerId === guildId &&
      refusal.code === 'group.channel.not_allowlisted');
  if (isListed) return verdict.ignore('event.kind.recorded', 'event.kind');
  const leave = firstSetting([scope.accountSection, scope.channelSection], 'leaveUnlisted');
  const groups = accountSetting(scope, 'groups');
  const leaves =
    leave === undefined ? own(groups?.value, 'allowlist') !== undefined : asFlag(leave);
  const obligations = leaves === true ? { obligations: ['leave_room'] } : {};
  return verdict.deny('event.join.unlisted', refusal.path, obligations);
}

/** Operators and API callers speak with the scopes their connection holds. */
function admitScoped(event: Event, state: AdmitState, kind: 'operator' | 'api'): Admission {
  const scopes = own(event.origin, 'scopes');
  const still = state.operatorScopes;
  const holds = (scope: string) =>
    Array.isArray(scopes) &&
    scopes.includes(scope) &&
    (still === undefined || still.includes(scope) || still.includes('operator.admin'));
  const admin = holds('operator.admin');
  if (!admin && !holds('operator.write')) {
    return refused(verdict.deny('event.scope.missing', 'event.origin.scopes'), event);
  }
  const code = kind === 'operator' ? 'event.operator' : 'event.api';
  return admitted(verdict.allow(code, 'event.origin.scopes'), event, admin ? 'owner' : 'trusted');
}

const TRUST_CLASSES: ReadonlySet<unknown> = new Set(['owner', 'trusted', 'member', 'external']);

function trustOf(value: TrustClass | undefined): TrustClass {
  return value !== undefined && TRUST_CLASSES.has(value) ? value : 'external';
}

function admitted(decision: Decision, event: Event, trust: TrustClass): Admission {
  const id = inputText(own(event.origin, 'id'));
  if (id === undefined) return refused(invalid('event.origin.id'), event);
  return {
    ...decision,
    principal: principal(event, `${event.kind}:${id}`, trust),
    wakes: true,
    isOwner: trust === 'owner',
  };
}

/** An event that starts nothing: nobody in particular is behind it. */
function refused(decision: Decision, event: unknown): Admission {
  const conversation = own(event, 'conversation');
  const channel = inputText(own(conversation, 'channel')) ?? '';
  const origin = inputText(own(own(event, 'origin'), 'id'));
  const sender = inputText(own(own(event, 'sender'), 'id'));
  const kind = inputText(own(event, 'kind')) ?? '';
  return {
    ...decision,
    principal: principal(
      event,
      origin === undefined ? `${channel}:${sender ?? ''}` : `${kind}:${origin}`,
      'external',
    ),
    wakes: false,
    isOwner: false,
  };
}

function principal(event: unknown, id: string, trust: TrustClass): Principal {
  const conversation = own(event, 'conversation');
  return {
    id,
    trust,
    channel: inputText(own(conversation, 'channel')) ?? '',
    accountId: inputText(own(conversation, 'accountId')) ?? 'default',
  };
}
