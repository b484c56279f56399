/**
 * The gates a channel event passes, in their order. The first that fails answers.
 *
 * 1 channel, 2 account, 3 own echo, 4 duplicate, 5 bots, 6 access, 7 command, 8 mention, 9 loops.
 * Access always comes before mention: addressing the agent never makes anybody welcome.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { type Section, byDefault, firstSetting, readId } from '../config/shape.ts';
import { InvalidSetting, asFlag, isObject, own, ownRecord } from '../setting.ts';
import { type Access, plain } from './access.ts';
import { type Commander, commandGate, commandName, holds, textCommandsOn } from './command.ts';
import { directAccess, groupDirectAccess } from './direct.ts';
import { mentionGate, mentionRules } from './mention.ts';
import { verdict } from './reasons.ts';
import { type RoomGate, roomOf } from './room.ts';
import { selfChatMode } from './self-chat.ts';
import { type Scope, fact, inputChoice, isRefusal, openScope } from './scope.ts';
import { canonicalSender } from '../identity/sender.ts';
import { NOBODY, type Speaker, inputText, readSpeaker } from './speaker.ts';

/** The four kinds of conversation. */
export const CONVERSATION_KINDS = ['direct', 'group', 'channel', 'groupdm'] as const;

/** A channel event as `ingress.decide` reads it. */
export interface IngressInput {
  readonly channel: string;
  /** Default `default`. */
  readonly accountId?: string;
  readonly kind: (typeof CONVERSATION_KINDS)[number];
  readonly peerId?: string;
  readonly parentId?: string;
  readonly topicId?: string;
  readonly threadId?: string;
  readonly guildId?: string;
  readonly sender: {
    readonly id?: string | number;
    readonly isSelf?: boolean;
    readonly isBot?: boolean;
    readonly username?: string;
    readonly name?: string;
    readonly roles?: readonly string[];
  };
  readonly text?: string;
  readonly eventId?: string;
  /** Whose mention patterns count; the default agent's when undefined. */
  readonly agentId?: string;
  readonly facts?: {
    readonly nativeMention?: boolean;
    readonly replyToBot?: boolean;
    readonly quotedBot?: boolean;
    readonly botInThread?: boolean;
    readonly mentionsOthers?: boolean;
    readonly canDetectMention?: boolean;
  };
  /** Name of the control command the channel parsed. */
  readonly command?: string;
  readonly state?: IngressState;
}

/** What the gateway remembers that an ingress decision needs. Absent facts never open anything. */
export interface IngressState {
  /** The pairing store of this channel and account: a list, or a set of canonical ids. */
  readonly paired?: readonly string[] | ReadonlySet<string>;
  /** What the owner set with `/activation` in this room. */
  readonly activation?: 'always' | 'mention';
  /** Dedupe keys already processed, where the caller does not deduplicate itself. */
  readonly seen?: readonly string[];
  /** The message is one that this gateway sent itself. */
  readonly sentByUs?: boolean;
  /** Resolved access groups whose members only the network knows. */
  readonly audience?: Readonly<Record<string, boolean>>;
  /** Answer of the bot loop guard for this event; read for bot authors only. */
  readonly botLoopSuppressed?: boolean;
  /** Whether the sender is an approver by something the config does not show. */
  readonly approver?: boolean;
  /** Owner and approver rights of the sender are suspended until somebody confirms him again. */
  readonly suspended?: boolean;
}

/** Which gates an event has to pass. */
export interface GateOptions {
  /** False for kinds of event that wake nobody: the mention and loop gates are not theirs. */
  readonly addressing: boolean;
}

/** The decision together with what was found out about the sender. */
export interface GateResult {
  readonly decision: Decision;
  readonly speaker: Speaker;
  readonly isOwner: boolean;
  /** True when an entry for exactly this sender admitted him. */
  readonly explicit: boolean;
  /** True when the access gate let the sender in, whatever a later gate said. */
  readonly welcome: boolean;
}

/** Passes `input` through the gates. May raise InvalidSetting; callers are total. */
export function passGates(
  config: CompiledConfig,
  input: unknown,
  options: GateOptions,
): GateResult {
  if (!isObject(input)) throw new InvalidSetting('input');
  const facts: Facts = ownRecord(input);
  const kind = inputChoice(facts.kind, 'input.kind', CONVERSATION_KINDS);
  if (facts.agentId !== undefined) readId({ value: facts.agentId, path: 'input.agentId' });
  const scope = openScope(config, facts);
  if (isRefusal(scope)) {
    return {
      decision: scope,
      speaker: NOBODY,
      isOwner: false,
      explicit: false,
      welcome: false,
    };
  }
  const speaker = readSpeaker(scope.channel, facts.sender, 'input.sender');
  return new Gates(scope, facts, kind, speaker, options).pass();
}

/** The fields of an input that gates look at, as they are. */
type Facts = Readonly<Partial<Record<keyof IngressInput, unknown>>>;

class Gates {
  private readonly scope: Scope;
  private readonly facts: Facts;
  private readonly kind: (typeof CONVERSATION_KINDS)[number];
  private readonly speaker: Speaker;
  private readonly options: GateOptions;
  private readonly state: unknown;
  private readonly peerId: string | undefined;
  private readonly room: RoomGate | undefined;

  constructor(
    scope: Scope,
    facts: Facts,
    kind: (typeof CONVERSATION_KINDS)[number],
    speaker: Speaker,
    options: GateOptions,
  ) {
    this.scope = scope;
    this.facts = facts;
    this.kind = kind;
    this.speaker = speaker;
    this.options = options;
    this.state = facts.state;
    this.room = kind === 'group' || kind === 'channel' ? roomOf(scope, facts) : undefined;
    this.peerId = this.room === undefined ? inputText(facts.peerId) : this.room.peerId;
  }

  pass(): GateResult {
    const early = this.selfGate() ?? this.duplicateGate() ?? this.botGate();
    if (early !== undefined) return this.result(plain(early), false, false);
    const access = this.access();
    const isOwner = this.isOwner();
    if (access.decision.effect !== 'allow') return this.result(access, isOwner, false);
    const decision = this.afterAccess(access, isOwner) ?? access.decision;
    return this.result({ decision, explicit: access.explicit }, isOwner, true);
  }

  private result({ decision, explicit }: Access, isOwner: boolean, welcome: boolean): GateResult {
    return { decision, speaker: this.speaker, isOwner, explicit, welcome };
  }

  /** The one chat in which a person writes to himself, where the config says that it is for us. */
  private isSelfChat(): boolean {
    const { scope, kind, peerId, speaker } = this;
    if (scope.channel !== 'whatsapp' || kind !== 'direct' || speaker.id === undefined) return false;
    if (own(this.facts.sender, 'isSelf') !== true) return false;
    if (canonicalSender(scope.channel, peerId) !== speaker.id) return false;
    return !fact(this.state, 'sentByUs', false, true) && selfChatMode(this.scope) !== undefined;
  }

  /** On a person's own number everybody else writes to the person, not to us. */
  private selfGate(): Decision | undefined {
    if (this.isSelfChat()) return undefined;
    if (this.speaker.isSelf) return verdict.ignore('ingress.self', 'input.sender.isSelf');
    const mode = selfChatMode(this.scope);
    return mode === undefined ? undefined : verdict.ignore('ingress.self_chat_only', mode.path);
  }

  private duplicateGate(): Decision | undefined {
    const seen = own(this.state, 'seen');
    const key = Array.isArray(seen) ? dedupeKey(this.facts) : undefined;
    if (key === undefined || !Array.isArray(seen) || !seen.includes(key)) return undefined;
    return verdict.ignore('ingress.duplicate', 'state.seen');
  }

  private botGate(): Decision | undefined {
    if (!this.speaker.isBot) return undefined;
    const { accountSection, channelSection } = this.scope;
    const setting = firstSetting([...this.layers(), accountSection, channelSection], 'allowBots');
    if (setting === undefined) {
      const path = byDefault(`${channelSection.path}.allowBots`);
      return verdict.ignore('ingress.bot.not_allowed', path);
    }
    if (setting.value === 'mentions') {
      return fact(this.facts.facts, 'nativeMention', false, false)
        ? undefined
        : verdict.ignore('ingress.bot.mention_required', setting.path);
    }
    return asFlag(setting) === true
      ? undefined
      : verdict.ignore('ingress.bot.not_allowed', setting.path);
  }

  private layers(): readonly (Section | undefined)[] {
    return this.room?.layers ?? [];
  }

  private access(): Access {
    const audience = own(this.state, 'audience');
    if (this.room !== undefined) {
      if (this.peerId === undefined) {
        return plain(verdict.deny('ingress.room.missing_id', 'input.peerId'));
      }
      return this.room.access(this.speaker, audience);
    }
    const facts = {
      speaker: this.speaker,
      peerId: this.peerId,
      paired: own(this.state, 'paired'),
      audience,
    };
    if (this.kind !== 'direct') return groupDirectAccess(this.scope, facts);
    const access = directAccess(this.scope, facts);
    // Whoever linked his own phone need not ask himself for a code.
    const mode = this.isSelfChat() ? selfChatMode(this.scope) : undefined;
    return access.decision.effect === 'pair' && mode !== undefined
      ? { decision: verdict.allow('dm.self_chat', mode.path), explicit: true }
      : access;
  }

  /** Owner rights belong to people: a bot is never owner. */
  private isOwner(): boolean {
    const { scope, speaker } = this;
    if (speaker.isBot || fact(this.state, 'suspended', false, true)) return false;
    if (this.isSelfChat()) return true;
    return speaker.id !== undefined && holds(scope.owners(), speaker.id);
  }

  private isApprover(): boolean {
    const { scope, speaker } = this;
    if (speaker.isBot || fact(this.state, 'suspended', false, true)) return false;
    return (
      fact(this.state, 'approver', false, false) ||
      (speaker.id !== undefined &&
        (holds(scope.approvers(), speaker.id) || holds(scope.ownApprovers(), speaker.id)))
    );
  }

  private afterAccess(access: Access, isOwner: boolean): Decision | undefined {
    const command = commandName(this.facts.command);
    if (command !== undefined) {
      const refusal = commandGate(this.scope, command, this.commander(access, isOwner));
      if (refusal !== undefined) return refusal;
    }
    if (!this.options.addressing) return undefined;
    const addressed = this.kind === 'direct' ? undefined : this.mention(command);
    if (addressed !== undefined && addressed.effect !== 'allow') return addressed;
    return this.loopGate() ?? addressed;
  }

  private commander(access: Access, isOwner: boolean): Commander {
    return {
      speaker: this.speaker,
      isOwner,
      isApprover: this.isApprover(),
      explicit: access.explicit,
      audience: own(this.state, 'audience'),
    };
  }

  private mention(command: string | undefined): Decision | undefined {
    const rules = this.room?.mention ?? mentionRules(this.scope, []);
    const activation = this.activation();
    if (activation === undefined && rules.open()) return undefined;
    const { text, agentId, facts } = this.facts;
    return mentionGate(this.scope, {
      rules,
      peerId: this.peerId,
      agentId:
        agentId === undefined ? undefined : readId({ value: agentId, path: 'input.agentId' }),
      activation,
      text: typeof text === 'string' ? text : '',
      facts,
      mayBypass: () =>
        command !== undefined && this.room !== undefined && textCommandsOn(this.scope.config),
    });
  }

  private activation(): 'always' | 'mention' | undefined {
    const value = own(this.state, 'activation');
    return value === undefined
      ? undefined
      : inputChoice(value, 'state.activation', ['always', 'mention']);
  }

  private loopGate(): Decision | undefined {
    if (!this.speaker.isBot || !fact(this.state, 'botLoopSuppressed', false, true))
      return undefined;
    return verdict.ignore('ingress.bot_loop.suppressed', 'state.botLoopSuppressed');
  }
}

/**
 * The key under which an event is processed once, or undefined for an event without an id, which
 * is never taken for another one. A JSON array, so that no id can imitate a separator.
 */
export function dedupeKey(input: unknown): string | undefined {
  const eventId = inputText(own(input, 'eventId'));
  if (eventId === undefined) return undefined;
  return JSON.stringify([
    own(input, 'channel'),
    own(input, 'accountId') ?? 'default',
    own(input, 'kind'),
    own(input, 'peerId') ?? own(own(input, 'sender'), 'id'),
    own(input, 'topicId') ?? own(input, 'threadId') ?? '',
    eventId,
  ]);
}
