/**
 * Which quoted, forwarded or remembered items may be shown to the agent beside a message.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { byDefault } from '../config/shape.ts';
import { isObject, own } from '../setting.ts';
import { directMatch } from './direct.ts';
import { verdict } from './reasons.ts';
import { roomOf } from './room.ts';
import { type Scope, inputChoice, isRefusal, layeredSetting, openScope } from './scope.ts';
import { type Speaker, inputText, readSpeaker } from './speaker.ts';

const ITEM_KINDS = ['quote', 'history', 'thread', 'forwarded'] as const;
const MODES: ReadonlySet<unknown> = new Set(['all', 'allowlist', 'allowlist_quote']);

/** One item of context and the conversation it would be shown in. */
export interface ContextInput {
  readonly channel: string;
  readonly accountId?: string;
  readonly kind: 'direct' | 'group' | 'channel' | 'groupdm';
  readonly peerId?: string;
  readonly topicId?: string;
  readonly guildId?: string;
  readonly parentId?: string;
  readonly item: {
    readonly kind: 'quote' | 'history' | 'thread' | 'forwarded';
    readonly sender: {
      readonly id?: string | number;
      readonly isSelf?: boolean;
      readonly isBot?: boolean;
      readonly roles?: readonly string[];
    };
  };
  readonly state: {
    readonly paired?: readonly string[] | ReadonlySet<string>;
    readonly audience?: Readonly<Record<string, boolean>>;
  };
}

/** Whether the agent may see the item. An item without a sender id is somebody else's. */
export function decideContext(config: CompiledConfig, input: unknown): Decision {
  const scope = openScope(config, isObject(input) ? input : {});
  if (isRefusal(scope)) return scope;
  const item = own(input, 'item');
  const kind = inputChoice(own(item, 'kind'), 'input.item.kind', ITEM_KINDS);
  const setting = layeredSetting(scope, 'contextVisibility');
  const path = setting?.path ?? byDefault(`${scope.channelSection.path}.contextVisibility`);
  const mode = setting === undefined ? 'all' : setting.value;
  if (!MODES.has(mode)) return verdict.ignore('context.invalid_mode', path);
  const speaker = readSpeaker(scope.channel, own(item, 'sender'), 'input.item.sender');
  // A malformed `isSelf` reads as true for the loop gate; here only a plain true is ours.
  if (own(own(item, 'sender'), 'isSelf') === true) return verdict.allow('context.self', path);
  if (mode === 'all') return verdict.allow('context.all', path);
  if (mayBeHeard(scope, input, speaker)) return verdict.allow('context.allowlisted', path);
  return mode === 'allowlist_quote' && kind === 'quote'
    ? verdict.allow('context.quote', path)
    : verdict.ignore('context.not_allowlisted', path);
}

/** Whether the lists that admit senders here would admit this one. */
function mayBeHeard(scope: Scope, input: unknown, speaker: Speaker): boolean {
  if (speaker.id === undefined) return false;
  const kind = inputChoice(own(input, 'kind'), 'input.kind', [
    'direct',
    'group',
    'channel',
    'groupdm',
  ]);
  const state = own(input, 'state');
  const audience = own(state, 'audience');
  const peerId = inputText(own(input, 'peerId'));
  if (kind === 'direct' || kind === 'groupdm') {
    const facts = { speaker, peerId, paired: own(state, 'paired'), audience };
    return directMatch(scope, facts, kind === 'direct') !== 'none';
  }
  const room = roomOf(scope, {
    peerId,
    topicId: own(input, 'topicId'),
    parentId: own(input, 'parentId'),
    guildId: own(input, 'guildId'),
  });
  return room.access(speaker, audience).decision.effect === 'allow';
}
