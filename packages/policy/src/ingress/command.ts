/**
 * Who may use control commands, and which of them are for the owner alone.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { rootSection, toSection, within } from '../config/shape.ts';
import { InvalidSetting, asFlag } from '../setting.ts';
import { verdict } from './reasons.ts';
import { type Scope, channelApprovers, sharedList } from './scope.ts';
import { type SenderList, matchSender, readSenderList, standalone } from './sender-list.ts';
import type { Speaker } from './speaker.ts';

/**
 * Commands an authorised sender may use who is not the owner. The table is closed: a command that
 * is not in it is for the owner.
 */
const OPEN_COMMANDS: ReadonlySet<string> = new Set([
  'btw',
  'commands',
  'compact',
  'context',
  'help',
  'id',
  'new',
  'queue',
  'reset',
  'start',
  'status',
  'stop',
  'think',
  'tts',
  'usage',
  'whoami',
]);

/** What the command gate knows of the one who gives the command. */
export interface Commander {
  readonly speaker: Speaker;
  readonly isOwner: boolean;
  /** Whether he may answer approvals. */
  readonly isApprover: boolean;
  /** Whether an entry of his own admitted him here. */
  readonly explicit: boolean;
  readonly audience: unknown;
}

/** A command's name as it is compared: trimmed, lower case, without one leading slash. */
export function commandName(command: unknown): string | undefined {
  if (command === undefined) return undefined;
  if (typeof command !== 'string') throw new InvalidSetting('input.command');
  const name = command.trim().toLowerCase();
  return name.startsWith('/') ? name.slice(1) : name;
}

/** Undefined when the command may be given; else the refusal. */
export function commandGate(
  scope: Scope,
  command: string,
  commander: Commander,
): Decision | undefined {
  const { isOwner, isApprover } = commander;
  if (isOwner || (command === 'approve' && isApprover)) return undefined;
  const authorised = isAuthorised(scope, commander);
  if (!authorised) return verdict.deny('command.unauthorized', 'commands.allowFrom');
  if (OPEN_COMMANDS.has(command)) return undefined;
  return verdict.deny('command.owner_only', 'commands.ownerAllowFrom');
}

/** Whether text commands are read at all. */
export function textCommandsOn(config: CompiledConfig): boolean {
  return asFlag(within(rootSection(config), 'commands', 'text')) !== false;
}

function isAuthorised(scope: Scope, commander: Commander): boolean {
  const allowFrom = toSection(within(rootSection(scope.config), 'commands', 'allowFrom'));
  if (allowFrom === undefined) return commander.explicit;
  const ofChannel = within(allowFrom, scope.channel);
  const mixed = ofChannel.value === undefined;
  const setting = mixed ? within(allowFrom, '*') : ofChannel;
  if (setting.value === undefined) return false;
  const reading = { channel: scope.channel, names: false, mixed };
  const list = standalone(readSenderList(scope.config, setting, reading), setting.path);
  return matchSender(list, commander.speaker, commander.audience) !== 'none';
}

/**
 * Whether `id` (canonical) is listed as owner for `channel`. `*` makes nobody owner, and an entry
 * for another channel is not an id of this one.
 */
export function isListedOwner(
  config: CompiledConfig,
  channel: string,
  id: string | undefined,
): boolean {
  return id !== undefined && holds(sharedList(config, channel, 'commands', 'ownerAllowFrom'), id);
}

/**
 * Whether `id` (canonical) of `channel` is listed as approver of questions that come from a
 * conversation of `askedOn`. A list of a channel counts for its own conversations alone; a question
 * from nowhere known is for the list of all channels.
 */
export function isListedApprover(
  config: CompiledConfig,
  channel: string,
  id: string | undefined,
  askedOn: string | undefined,
): boolean {
  if (id === undefined) return false;
  if (holds(sharedList(config, channel, 'execApprovals', 'approvers'), id)) return true;
  return askedOn === channel && holds(channelApprovers(config, channel), id);
}

/** Whether one of `list`'s own entries is `id`. */
export function holds(list: SenderList | undefined, id: string): boolean {
  return list !== undefined && list.ids.has(id);
}
