/**
 * The codes of admission, each with its one sentence.
 *
 * @module
 */
import { type Verdicts, verdictsFrom } from '../verdict.ts';

/** Code to sentence, for events, direct messages, rooms, commands and context. */
export const ingressReasons = {
  'ingress.channel.not_configured': 'This channel is not configured.',
  'ingress.channel.disabled': 'This channel is switched off.',
  'ingress.account.unknown': 'This account is not one of the configured accounts of its channel.',
  'ingress.account.disabled': 'This account is switched off.',
  'ingress.self': 'This is the echo of something this account sent itself.',
  'ingress.self_chat_only':
    'This account is the number of a person, and only the chat with himself is for the agent.',
  'ingress.duplicate': 'This event was already processed.',
  'ingress.bot.not_allowed': 'Messages of other bots are not accepted here.',
  'ingress.bot.mention_required': 'Other bots are heard here only when they mention this account.',
  'ingress.bot_loop.suppressed': 'Two bots exchange too many messages; they pause for a while.',
  'ingress.sender.missing_id': 'The sender has no stable id of this network.',
  'ingress.room.missing_id': 'The room has no stable id.',
  'dm.disabled': 'Direct messages are switched off here.',
  'dm.open': 'Direct messages are open to everybody.',
  'dm.open.allowlisted': 'The sender is on the list of an open policy that is not public.',
  'dm.open.not_allowlisted': 'The policy is open but its list does not hold "*" or the sender.',
  'dm.allowlisted': 'The sender is on the allow list.',
  'dm.allowlist.wildcard': 'The allow list holds "*", so every sender passes.',
  'dm.allowlist.empty': 'The allow list is empty, which means nobody.',
  'dm.allowlist.not_allowlisted': 'The sender is not on the allow list.',
  'dm.paired': 'The sender was approved by pairing.',
  'dm.self_chat': 'The owner of the account writes in the chat with himself.',
  'dm.pairing.unknown_sender': 'The sender is unknown and may ask to be paired.',
  'dm.pairing.bot_sender': 'Bots do not get pairing codes.',
  'dm.group.disabled': 'Group direct messages are switched off here.',
  'dm.group.not_allowlisted': 'This group direct message is not on the list.',
  'dm.group.sender_not_allowlisted':
    'The sender is not on the allow list for group direct messages.',
  'group.disabled': 'Rooms are switched off here.',
  'group.not_allowlisted': 'This room is not on the list of rooms.',
  'group.no_groups_configured': 'No rooms are configured.',
  'group.room_disabled': 'This room is switched off.',
  'group.guild.not_allowlisted': 'This server is not on the list of servers.',
  'group.channel.not_allowlisted': 'This channel of the server or workspace is not on the list.',
  'group.sender_allowlisted': 'The sender is listed for this room.',
  'group.sender_not_allowlisted': 'The sender is not listed for this room.',
  'group.sender_list_empty': 'The policy asks for a list of senders and there is none.',
  'group.member': 'Members of this room may speak to the agent.',
  'group.open': 'The room policy is open.',
  'group.mention.required': 'The message does not address the agent.',
  'group.mention.undetectable': 'A mention is required and cannot be recognised on this network.',
  'group.mention.other': 'The message addresses somebody else.',
  'group.command_bypass': 'An authorised control command needs no mention.',
  'command.unauthorized': 'The sender may not use commands here.',
  'command.owner_only': 'This command is for the owner.',
  'context.self': 'The item is from this account itself.',
  'context.all': 'Context of every sender is kept.',
  'context.allowlisted': 'The sender of the item may speak to the agent.',
  'context.not_allowlisted': 'The sender of the item may not speak to the agent.',
  'context.quote': 'Quotes are kept whoever wrote them.',
  'context.invalid_mode': 'The context visibility mode is unknown, so nothing is kept.',
  'loop.ok': 'The exchange of these bots is within its bounds.',
  'event.kind.unknown': 'Events of this kind are not admitted.',
  'event.kind.recorded': 'The event is recorded and wakes nobody.',
  'event.edit.recorded': 'The edit is recorded; its message is answered or was never admitted.',
  'event.join.unlisted': 'The agent was added to a room that is not listed.',
  'event.button.unbound': 'The button is not one that this person was meant to press.',
  'event.operator': 'An operator with write scope speaks.',
  'event.api': 'A caller with write scope uses the API.',
  'event.hook': 'A verified hook fired.',
  'event.cron': 'A scheduled job of a creator who still holds authority runs.',
  'event.subagent': 'A sub-agent runs within the limits of its parent.',
  'event.scope.missing': 'The connection does not hold the operator scope this needs.',
  'event.cron.creator_revoked': 'The creator of the job no longer holds the authority it needs.',
  'event.subagent.orphaned': 'The parent of the sub-agent is not known.',
  'hook.auth_failed': 'The hook could not be verified.',
} as const;

/** A code of this area. */
export type IngressCode = keyof typeof ingressReasons;

/** Decisions of this area. */
export const verdict: Verdicts<IngressCode> = verdictsFrom(ingressReasons);
