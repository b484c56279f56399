/**
 * From what Slack delivers to an event. Pure; states facts and decides nothing.
 *
 * @module
 */
import type { BotIdentity } from './api.ts';
import { field, listField, textField, timeOf } from './fields.ts';
import { kindOf, senderOf, type Surroundings } from './identity.ts';
import { parseCommand, parsePress } from './parse-action.ts';
import { parseChanged, parseNew, type ParseContext, type Parsed } from './parse-message.ts';

function parseReaction(event: unknown, context: ParseContext): Parsed | undefined {
  const item = field(event, 'item');
  const [channelId, ts] = [textField(item, 'channel'), textField(item, 'ts')];
  const name = textField(event, 'reaction');
  if (channelId === undefined || ts === undefined || name === undefined) return undefined;
  const isGone = field(event, 'type') === 'reaction_removed';
  const [user, eventTs] = [textField(event, 'user'), textField(event, 'event_ts')];
  return {
    event: {
      kind: 'reaction',
      eventId: `reaction:${channelId}:${ts}:${user}:${name}:${eventTs}`,
      sender: senderOf({ user }, context),
      at: timeOf(eventTs, context.now),
      text: isGone ? `removed :${name}:` : `:${name}:`,
      messageId: ts,
    },
    place: { channelId, kind: undefined },
  };
}

/** Somebody came or went. When it is us who came, it is whoever invited us who did something. */
function parseMember(event: unknown, context: ParseContext): Parsed | undefined {
  const [channelId, user] = [textField(event, 'channel'), textField(event, 'user')];
  if (channelId === undefined || user === undefined) return undefined;
  const isUs = user === context.me.userId;
  const came = field(event, 'type') === 'member_joined_channel';
  const kind = isUs && came ? 'join' : 'member';
  const eventTs = textField(event, 'event_ts');
  const actor = isUs ? { user: field(event, 'inviter') } : { user, team: field(event, 'team') };
  return {
    event: {
      kind,
      eventId: `${kind}:${channelId}:${user}:${eventTs}`,
      sender: senderOf(actor, context),
      at: timeOf(eventTs, context.now),
      text: `${isUs ? 'bot' : user}: ${came ? 'joined' : 'left'}`,
    },
    // These events name the type by a letter that public and private channels share with others.
    place: { channelId, kind: undefined },
  };
}

function parsePin(event: unknown, context: ParseContext): Parsed | undefined {
  const channelId = textField(event, 'channel_id');
  const ts = textField(field(field(event, 'item'), 'message'), 'ts');
  if (channelId === undefined || ts === undefined) return undefined;
  const eventTs = textField(event, 'event_ts');
  return {
    event: {
      kind: 'pin',
      eventId: `pin:${channelId}:${ts}:${eventTs}`,
      sender: senderOf({ user: field(event, 'user') }, context),
      at: timeOf(eventTs, context.now),
      text: field(event, 'type') === 'pin_removed' ? 'unpinned' : 'pinned',
      messageId: ts,
    },
    place: { channelId, kind: kindOf(field(event, 'channel_type')) },
  };
}

function parseCallback(event: unknown, context: ParseContext): Parsed | undefined {
  switch (field(event, 'type')) {
    case 'message':
      return field(event, 'subtype') === 'message_changed'
        ? parseChanged(event, context)
        : parseNew(event, context);
    case 'app_mention':
      return parseNew(event, context);
    case 'reaction_added':
    case 'reaction_removed':
      return parseReaction(event, context);
    case 'member_joined_channel':
    case 'member_left_channel':
      return parseMember(event, context);
    case 'pin_added':
    case 'pin_removed':
      return parsePin(event, context);
    default:
      return undefined;
  }
}

/**
 * Parses what was delivered: an event, a slash command, a pressed button. Undefined when there is
 * nothing in it for us.
 */
export function parseBody(
  body: unknown,
  context: Omit<ParseContext, keyof Surroundings> & { readonly me: BotIdentity },
): Parsed | undefined {
  const isShared = field(body, 'is_ext_shared_channel') === true;
  const all: ParseContext = { ...context, isShared };
  if (field(body, 'event') !== undefined) return parseCallback(field(body, 'event'), all);
  // These do not say whether others share the conversation, so they have to say whose people act.
  const strict: ParseContext = { ...context, isShared: true };
  if (textField(body, 'command') !== undefined) return parseCommand(body, strict);
  return field(body, 'type') === 'block_actions' ? parsePress(body, strict) : undefined;
}

/** What was delivered, for a log: Slack's names only, nothing anybody wrote. */
export function nameOf(body: unknown): string {
  const event = field(body, 'event');
  const parts =
    event === undefined ? [field(body, 'type')] : [field(event, 'type'), field(event, 'subtype')];
  return parts.filter((part) => typeof part === 'string' && /^[a-z_]{1,60}$/u.test(part)).join(' ');
}

/**
 * The workspaces a delivery is for. In a shared channel it also names others, so what Slack says
 * about whom it authorised comes first.
 */
export function teamsOf(body: unknown): readonly string[] {
  const authorized = listField(body, 'authorizations').map((entry) => textField(entry, 'team_id'));
  const named = [
    textField(body, 'context_team_id'),
    textField(body, 'team_id'),
    textField(field(body, 'team'), 'id'),
  ];
  const all = authorized.length > 0 ? authorized : named;
  return all.filter((team) => team !== undefined);
}

/** Whether Slack says that a token of ours is gone. */
export function endsLogin(body: unknown): boolean {
  const type = field(field(body, 'event'), 'type');
  return type === 'tokens_revoked' || type === 'app_uninstalled';
}
