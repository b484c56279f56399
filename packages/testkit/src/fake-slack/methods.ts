/**
 * The Web API methods the fake answers.
 *
 * @module
 */
import type { ChannelState, Network, SlackMessage } from './network.ts';
import {
  completeUpload,
  postEphemeral,
  postMessage,
  remove,
  update,
  uploadUrl,
  type WriteContext,
} from './outgoing.ts';
import { fileOf, historyItem } from './payloads.ts';
import type { FakeSlackBot } from './records.ts';
import { Refusal } from './refusal.ts';
import { flag, integer, type Parameters, text } from './request.ts';
import type { Sockets } from './sockets.ts';

/** What a method may use. */
export interface MethodContext {
  readonly network: Network;
  readonly sockets: Sockets;
  readonly token: string | undefined;
  /** `127.0.0.1:<port>` */
  readonly host: string;
}

type Method = (parameters: Parameters, context: WriteContext) => object;

const MAX_PAGE = 999;

function authTest(_: Parameters, { bot, base }: WriteContext): object {
  return {
    url: `${base}/`,
    team: bot.workspace.name,
    team_id: bot.workspace.id,
    user: bot.app.name,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  };
}

function conversationOf({ channel, members, archived }: ChannelState, bot: FakeSlackBot): object {
  const { id, name, type, sharedWith } = channel;
  const peer = [...members].find((member) => member !== bot.userId);
  return {
    id,
    ...(type === 'im' ? { user: peer } : { name }),
    // A private channel made today is a channel too: is_group is for the old ones only.
    is_channel: type === 'channel' || type === 'group',
    is_group: false,
    is_im: type === 'im',
    is_mpim: type === 'mpim',
    is_private: type !== 'channel',
    is_archived: archived,
    is_ext_shared: sharedWith.length > 0,
    is_shared: sharedWith.length > 0,
    is_member: members.has(bot.userId),
    context_team_id: bot.workspace.id,
  };
}

function info(parameters: Parameters, { network, bot }: WriteContext): object {
  const state = network.visibleTo(bot, text(parameters, 'channel'));
  return { channel: conversationOf(state, bot) };
}

function page(all: readonly SlackMessage[], parameters: Parameters, newestFirst: boolean): object {
  const oldest = text(parameters, 'oldest') ?? '0';
  const latest = text(parameters, 'latest') ?? '9';
  const withEnds = flag(parameters, 'inclusive') === true;
  const between = all.filter(
    ({ ts }) => (ts > oldest && ts < latest) || (withEnds && (ts === oldest || ts === latest)),
  );
  const ordered = newestFirst ? between.toReversed() : between;
  const limit = Math.min(integer(parameters, 'limit') ?? 100, MAX_PAGE);
  const from = integer(parameters, 'cursor') ?? 0;
  const shown = ordered.slice(from, from + limit);
  const more = from + limit < ordered.length;
  const metadata = flag(parameters, 'include_all_metadata') === true;
  return {
    messages: shown.map((message) => historyItem(message, metadata)),
    has_more: more,
    ...(more ? { response_metadata: { next_cursor: String(from + limit) } } : {}),
  };
}

function readable(parameters: Parameters, { network, bot }: WriteContext): ChannelState {
  const state = network.visibleTo(bot, text(parameters, 'channel'));
  if (!state.members.has(bot.userId)) throw new Refusal('not_in_channel');
  return state;
}

function history(parameters: Parameters, context: WriteContext): object {
  const all = [...readable(parameters, context).messages.values()];
  const shown = all.filter(
    ({ thread_ts: root, ts, subtype }) =>
      root === undefined || root === ts || subtype === 'thread_broadcast',
  );
  return page(shown, parameters, true);
}

function replies(parameters: Parameters, context: WriteContext): object {
  const state = readable(parameters, context);
  const root = text(parameters, 'ts');
  if (!state.messages.has(root ?? '')) throw new Refusal('thread_not_found');
  const thread = [...state.messages.values()].filter(
    ({ ts, thread_ts: of }) => ts === root || of === root,
  );
  return page(thread, parameters, false);
}

function leave(parameters: Parameters, { network, bot }: WriteContext): object {
  const state = network.visibleTo(bot, text(parameters, 'channel'));
  const { type } = state.channel;
  if (type === 'im' || type === 'mpim') throw new Refusal('method_not_supported_for_channel_type');
  return state.members.delete(bot.userId) ? {} : { not_in_channel: true };
}

function open(parameters: Parameters, { network, bot }: WriteContext): object {
  const [user = '', ...others] = (text(parameters, 'users') ?? '').split(',');
  if (!network.users.has(user)) throw new Refusal('user_not_found');
  if (others.length > 0) throw new Refusal('users_list_not_supplied');
  return { channel: { id: network.direct(user, bot).channel.id } };
}

function userInfo(parameters: Parameters, { network }: WriteContext): object {
  const user = network.users.get(text(parameters, 'user') ?? '');
  if (user === undefined) throw new Refusal('user_not_found');
  const { id, teamId: team_id, name, realName: real_name, botId } = user;
  const profile = { real_name, display_name: name };
  return { user: { id, team_id, name, real_name, is_bot: botId !== undefined, profile } };
}

function reactTo(parameters: Parameters, context: WriteContext, what: 'add' | 'remove'): object {
  const state = readable(parameters, context);
  const message = context.network.message(state, text(parameters, 'timestamp'));
  const name = text(parameters, 'name') ?? '';
  const { userId } = context.bot;
  const known = message.reactions.find((reaction) => reaction.name === name);
  const isThere = known?.users.includes(userId) === true;
  if (what === 'add') {
    if (isThere) throw new Refusal('already_reacted');
    if (known === undefined) message.reactions.push({ name, users: [userId] });
    else known.users.push(userId);
  } else {
    if (known === undefined || !isThere) throw new Refusal('no_reaction');
    known.users.splice(known.users.indexOf(userId), 1);
  }
  return {};
}

function fileInfo(parameters: Parameters, { network, base }: WriteContext): object {
  const file = network.files.get(text(parameters, 'file') ?? '');
  if (file === undefined) throw new Refusal('file_not_found');
  const shares = [...file.shares].map(([channel, ts]) => {
    const isOpen = network.channels.get(channel)?.channel.type === 'channel';
    return [isOpen ? 'public' : 'private', { [channel]: [{ ts }] }] as const;
  });
  return { file: { ...fileOf(file, base), shares: Object.fromEntries(shares) } };
}

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['auth.test', authTest],
  ['chat.postMessage', postMessage],
  ['chat.postEphemeral', postEphemeral],
  ['chat.update', update],
  ['chat.delete', remove],
  ['conversations.info', info],
  ['conversations.history', history],
  ['conversations.replies', replies],
  ['conversations.leave', leave],
  ['conversations.open', open],
  ['users.info', userInfo],
  ['reactions.add', (parameters, context) => reactTo(parameters, context, 'add')],
  ['reactions.remove', (parameters, context) => reactTo(parameters, context, 'remove')],
  ['files.getUploadURLExternal', uploadUrl],
  ['files.completeUploadExternal', completeUpload],
  ['files.info', fileInfo],
]);

/** Calls a method. Throws a {@link Refusal}. */
export function callMethod(name: string, parameters: Parameters, context: MethodContext): object {
  const { network, sockets, token, host } = context;
  if (name === 'apps.connections.open') {
    return { url: `ws://${host}${sockets.ticket(network.appOf(token))}` };
  }
  const method = METHODS.get(name);
  if (method === undefined) throw new Refusal('unknown_method');
  return method(parameters, { network, bot: network.botOf(token), base: `http://${host}` });
}
