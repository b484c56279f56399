/**
 * What Slack tells an app, in Slack's own shapes.
 *
 * @module
 */
import type {
  GenericMessageEvent,
  MemberJoinedChannelEvent,
  MessageChangedEvent,
  MessageDeletedEvent,
  PinAddedEvent,
  ReactionAddedEvent,
} from '@slack/types';
import type { ChannelState, Network, SlackMessage, StoredFile } from './network.ts';
import type { FakeSlackBot, FakeSlackUser } from './records.ts';

type Payload = Readonly<Record<string, unknown>>;

/** A file as messages and the Web API show it. */
export function fileOf(file: StoredFile, base: string): object {
  const path = `${file.teamId}-${file.id}/${encodeURIComponent(file.name)}`;
  return {
    id: file.id,
    name: file.name,
    title: file.name,
    mimetype: file.mimeType ?? 'application/octet-stream',
    size: file.bytes.length,
    mode: 'hosted',
    is_external: false,
    file_access: 'visible',
    url_private: `${base}/files-pri/${path}`,
    url_private_download: `${base}/files-pri/${path}?download=1`,
    permalink: `${base}/files/${file.id}`,
  };
}

function reactionsOf({ reactions }: SlackMessage): Payload {
  if (reactions.length === 0) return {};
  const shown = reactions.map(({ name, users }) => ({ name, users, count: users.length }));
  return { reactions: shown };
}

/** A message as the history shows it. */
export function historyItem(message: SlackMessage, withMetadata: boolean): object {
  const { reactions: _, metadata, ...rest } = message;
  const shown = withMetadata && metadata !== undefined ? { metadata } : {};
  return { ...rest, ...reactionsOf(message), ...shown };
}

/** In a shared channel every message says whose it is. */
function authorship(state: ChannelState, message: SlackMessage, network: Network): Payload {
  const author = network.users.get(message.user ?? '');
  const team = author?.teamId ?? message.team ?? state.channel.teamId;
  if (state.channel.sharedWith.length === 0) return { team };
  return { team, user_team: team, source_team: team };
}

/** A new message. */
export function messageEvent(
  state: ChannelState,
  message: SlackMessage,
  network: Network,
): Payload {
  const { reactions: _, metadata: __, ...rest } = message;
  const place: Pick<GenericMessageEvent, 'type' | 'ts' | 'channel' | 'channel_type' | 'event_ts'> =
    {
      type: 'message',
      ts: message.ts,
      channel: state.channel.id,
      channel_type: state.channel.type,
      event_ts: message.ts,
    };
  return { ...rest, ...authorship(state, message, network), ...place };
}

/** The second delivery of a message that mentions the bot. It has no channel type. */
export function mentionEvent(
  state: ChannelState,
  message: SlackMessage,
  network: Network,
): Payload {
  const { channel_type: _, subtype: __, ...rest }: Payload = messageEvent(state, message, network);
  return { ...rest, type: 'app_mention' };
}

/** A message was changed: an edit, or a preview that appeared. */
export function changedEvent(
  state: ChannelState,
  before: SlackMessage,
  now: SlackMessage,
  network: Network,
): Payload {
  const whole = (message: SlackMessage) => ({
    ...historyItem(message, false),
    ...authorship(state, message, network),
  });
  const ts = network.newTs();
  const event: Omit<MessageChangedEvent, 'message' | 'previous_message'> = {
    type: 'message',
    subtype: 'message_changed',
    hidden: true,
    channel: state.channel.id,
    channel_type: state.channel.type,
    ts,
    event_ts: ts,
  };
  return { ...event, message: whole(now), previous_message: whole(before) };
}

/** A message was deleted. */
export function deletedEvent(
  state: ChannelState,
  message: SlackMessage,
  network: Network,
): Payload {
  const ts = network.newTs();
  const event: Omit<MessageDeletedEvent, 'previous_message'> = {
    type: 'message',
    subtype: 'message_deleted',
    hidden: true,
    channel: state.channel.id,
    channel_type: state.channel.type,
    ts,
    deleted_ts: message.ts,
    event_ts: ts,
  };
  return { ...event, previous_message: historyItem(message, false) };
}

/** A reaction came or went. */
export function reactionEvent(
  state: ChannelState,
  message: SlackMessage,
  reaction: { readonly userId: string; readonly name: string; readonly removed: boolean },
  network: Network,
): Payload {
  const event: Omit<ReactionAddedEvent, 'type'> = {
    user: reaction.userId,
    reaction: reaction.name,
    item_user: message.user ?? '',
    item: { type: 'message', channel: state.channel.id, ts: message.ts },
    event_ts: network.newTs(),
  };
  return { ...event, type: reaction.removed ? 'reaction_removed' : 'reaction_added' };
}

/** A message was pinned. */
export function pinEvent(
  state: ChannelState,
  message: SlackMessage,
  userId: string,
  network: Network,
): Payload {
  const created = Math.floor(Date.now() / 1000);
  const event: PinAddedEvent = {
    type: 'pin_added',
    user: userId,
    channel_id: state.channel.id,
    item: {
      type: 'message',
      channel: state.channel.id,
      created_by: userId,
      created,
      message: {
        type: 'message',
        user: message.user ?? '',
        text: message.text,
        ts: message.ts,
        permalink: `https://${state.channel.teamId}.slack.com/archives/${state.channel.id}`,
      },
    },
    item_user: message.user ?? '',
    pin_count: '1',
    pinned_info: { channel: state.channel.id, pinned_by: userId, pinned_ts: created },
    event_ts: network.newTs(),
  };
  return { ...event };
}

/** Somebody came into a conversation or went. */
export function memberEvent(
  state: ChannelState,
  userId: string,
  inviter: string | undefined,
  what: 'joins' | 'leaves',
  network: Network,
): Payload {
  const event: Omit<MemberJoinedChannelEvent, 'type'> = {
    user: userId,
    channel: state.channel.id,
    // Unlike messages, these name the type by one letter.
    channel_type: state.channel.type === 'channel' ? 'C' : 'G',
    team: network.users.get(userId)?.teamId ?? state.channel.teamId,
    ...(inviter === undefined ? {} : { inviter }),
    event_ts: network.newTs(),
  };
  return { ...event, type: what === 'joins' ? 'member_joined_channel' : 'member_left_channel' };
}

/** The wrapper around an event for one installation of an app. */
export function eventCallback(
  bot: FakeSlackBot,
  state: ChannelState | undefined,
  event: Payload,
): Payload {
  return {
    token: bot.app.legacyToken,
    team_id: bot.workspace.id,
    context_team_id: bot.workspace.id,
    context_enterprise_id: null,
    api_app_id: bot.app.id,
    event,
    type: 'event_callback',
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: bot.workspace.id,
        user_id: bot.userId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: (state?.channel.sharedWith.length ?? 0) > 0,
    event_context: `4-${bot.workspace.id}-${bot.app.id}`,
  };
}

/** A typed slash command. Every field is text, as it travels in a form. */
export function commandPayload(
  bot: FakeSlackBot,
  state: ChannelState,
  from: FakeSlackUser,
  typed: { readonly command: string; readonly text: string; readonly responseUrl: string },
): Payload {
  const names = { im: 'directmessage', group: 'privategroup', mpim: 'mpdm' } as const;
  const { type, name } = state.channel;
  return {
    token: bot.app.legacyToken,
    team_id: bot.workspace.id,
    team_domain: bot.workspace.domain,
    channel_id: state.channel.id,
    channel_name: type === 'channel' ? name : names[type],
    user_id: from.id,
    user_name: from.name,
    command: typed.command,
    text: typed.text,
    api_app_id: bot.app.id,
    is_enterprise_install: 'false',
    response_url: typed.responseUrl,
    trigger_id: `${Date.now()}.${from.id}`,
  };
}

/** A pressed button. */
export function pressPayload(
  bot: FakeSlackBot,
  state: ChannelState,
  from: FakeSlackUser,
  pressed: {
    readonly message: SlackMessage;
    readonly action: Payload;
    readonly actionTs: string;
    readonly responseUrl: string;
  },
): Payload {
  const { message, action, actionTs, responseUrl } = pressed;
  const thread = message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts };
  return {
    type: 'block_actions',
    user: { id: from.id, username: from.name, name: from.name, team_id: from.teamId },
    api_app_id: bot.app.id,
    token: bot.app.legacyToken,
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: state.channel.id,
      is_ephemeral: false,
      ...thread,
    },
    trigger_id: `${actionTs}.${from.id}`,
    team: { id: bot.workspace.id, domain: bot.workspace.domain },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: state.channel.id, name: state.channel.name },
    message: historyItem(message, false),
    state: { values: {} },
    response_url: responseUrl,
    actions: [{ ...action, action_ts: actionTs }],
  };
}
