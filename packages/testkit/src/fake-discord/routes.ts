/**
 * The REST endpoints the fake answers, by Discord's own names.
 *
 * @module
 */
import type { APIMessage } from 'discord.js';
import type { Gateway } from './gateway.ts';
import { answerInteraction, editAnswer, followUp } from './interactions.ts';
import type { ChannelState, Network } from './network.ts';
import { checkWritable, createMessage, deleteMessage, editMessage } from './outgoing.ts';
import { channelOf, fullMemberOf, guildOf, userOf } from './payloads.ts';
import { react } from './reactions.ts';
import { unknown } from './refusal.ts';
import { type ApiRequest, text } from './request.ts';
import { openThread } from './threads.ts';

/** What an endpoint may use. */
export interface RouteContext {
  readonly network: Network;
  readonly gateway: Gateway;
  /** `http://127.0.0.1:<port>`: where files are served. */
  readonly base: string;
}

/** One endpoint. An answer of undefined is 204. */
export interface Route {
  readonly operation: string;
  readonly method: string;
  /** `/channels/:channel/messages`. */
  readonly path: string;
  /** True when the path itself holds the secret. */
  readonly isOpen?: boolean;
  readonly answer: (request: ApiRequest, context: RouteContext) => unknown;
}

function param({ params }: ApiRequest, name: string): string {
  return params[name] ?? '';
}

function channelIn(request: ApiRequest, { network }: RouteContext): ChannelState {
  return network.channel(param(request, 'channel'));
}

/** The application has the id of its bot, and an owner whom nobody meets. */
function application({ network: { bot } }: RouteContext): object {
  const { id, username: name } = bot;
  const person = { id: '10000000000000000', username: 'developer', global_name: null, bot: false };
  return {
    id,
    name,
    icon: null,
    description: '',
    summary: '',
    verify_key: '',
    flags: 0,
    bot_public: false,
    bot_require_code_grant: false,
    bot: userOf(bot),
    owner: userOf(person),
    team: null,
  };
}

function createDM(request: ApiRequest, { network }: RouteContext): object {
  const user = network.users.get(text(request.body, 'recipient_id') ?? '');
  if (user === undefined) throw unknown('user');
  return channelOf(network.direct(user));
}

function getMember(request: ApiRequest, { network }: RouteContext): object {
  const guild = network.guild(param(request, 'guild'));
  const id = param(request, 'user');
  const member = guild.members.get(id === '@me' ? network.bot.id : id);
  if (member === undefined) throw unknown('member');
  return fullMemberOf(member);
}

/** Newest first, as Discord lists them. */
function listMessages(request: ApiRequest, context: RouteContext): readonly APIMessage[] {
  const { query } = request;
  const all = [...channelIn(request, context).messages.values()].toReversed();
  const limit = Math.min(Math.max(Number(query.get('limit') ?? 50), 1), 100);
  const [before, after] = [query.get('before'), query.get('after')];
  if (before !== null) return all.filter(({ id }) => BigInt(id) < BigInt(before)).slice(0, limit);
  if (after !== null) return all.filter(({ id }) => BigInt(id) > BigInt(after)).slice(-limit);
  return all.slice(0, limit);
}

function reactAs(removed: boolean): Route['answer'] {
  return (request, context) => {
    const { network } = context;
    const messageId = param(request, 'message');
    const reaction = { from: network.bot, messageId, emoji: param(request, 'emoji'), removed };
    return react(network, channelIn(request, context), reaction);
  };
}

const MESSAGE = '/channels/:channel/messages/:message';
const ANSWER = '/webhooks/:application/:token';

const RAW_ROUTES: readonly [
  operation: string,
  method: string,
  path: string,
  answer: Route['answer'],
  isOpen?: boolean,
][] = [
  ['getGatewayBot', 'GET', '/gateway/bot', (_, { gateway }) => gateway.directions()],
  ['getMyUser', 'GET', '/users/@me', (_, { network }) => userOf(network.bot)],
  ['getMyApplication', 'GET', '/applications/@me', (_, context) => application(context)],
  [
    'getMyOAuth2Application',
    'GET',
    '/oauth2/applications/@me',
    (_, context) => application(context),
  ],
  ['createDM', 'POST', '/users/@me/channels', createDM],
  [
    'getUser',
    'GET',
    '/users/:user',
    (request, { network }) => {
      const user = network.users.get(param(request, 'user'));
      if (user === undefined) throw unknown('user');
      return userOf(user);
    },
  ],
  [
    'getGuild',
    'GET',
    '/guilds/:guild',
    (request, { network }) => guildOf(network.guild(param(request, 'guild')), network.bot),
  ],
  [
    'listGuildRoles',
    'GET',
    '/guilds/:guild/roles',
    (request, { network }) => guildOf(network.guild(param(request, 'guild')), network.bot).roles,
  ],
  [
    'leaveGuild',
    'DELETE',
    '/users/@me/guilds/:guild',
    (request, { network }) => network.leave(param(request, 'guild')),
  ],
  [
    'bulkSetApplicationCommands',
    'PUT',
    '/applications/:application/commands',
    ({ body }) => Object.values(body),
  ],
  ['getGuildMember', 'GET', '/guilds/:guild/members/:user', getMember],
  [
    'getChannel',
    'GET',
    '/channels/:channel',
    (request, context) => channelOf(channelIn(request, context)),
  ],
  ['listMessages', 'GET', '/channels/:channel/messages', listMessages],
  [
    'getMessage',
    'GET',
    MESSAGE,
    (request, context) =>
      context.network.message(channelIn(request, context), param(request, 'message')),
  ],
  [
    'createMessage',
    'POST',
    '/channels/:channel/messages',
    (request, context) =>
      createMessage(context.network, channelIn(request, context), request, context.base),
  ],
  [
    'updateMessage',
    'PATCH',
    MESSAGE,
    (request, context) =>
      editMessage(
        context.network,
        channelIn(request, context),
        param(request, 'message'),
        request.body,
      ),
  ],
  [
    'deleteMessage',
    'DELETE',
    MESSAGE,
    (request, context) =>
      deleteMessage(context.network, channelIn(request, context), param(request, 'message')),
  ],
  ['addMyMessageReaction', 'PUT', `${MESSAGE}/reactions/:emoji/@me`, reactAs(false)],
  ['deleteMyMessageReaction', 'DELETE', `${MESSAGE}/reactions/:emoji/@me`, reactAs(true)],
  [
    'triggerTypingIndicator',
    'POST',
    '/channels/:channel/typing',
    (request, context) => checkWritable(channelIn(request, context)),
  ],
  [
    'createThread',
    'POST',
    '/channels/:channel/threads',
    (request, context) =>
      openThread(context.network, channelIn(request, context), {
        by: context.network.bot,
        name: text(request.body, 'name') ?? '',
        isPrivate: request.body['type'] === 12,
      }),
  ],
  [
    'createInteractionResponse',
    'POST',
    '/interactions/:id/:token/callback',
    (request, { network, base }) => answerInteraction(network, request, base),
    true,
  ],
  [
    'updateOriginalWebhookMessage',
    'PATCH',
    `${ANSWER}/messages/@original`,
    (request, { network, base }) => editAnswer(network, request, base),
    true,
  ],
  [
    'executeWebhook',
    'POST',
    ANSWER,
    (request, { network, base }) => followUp(network, request, base),
    true,
  ],
];

/** All endpoints. A fixed segment is listed before a parameter in its place. */
export const ROUTES: readonly Route[] = RAW_ROUTES.map(
  ([operation, method, path, answer, isOpen = false]) => ({
    operation,
    method,
    path,
    answer,
    isOpen,
  }),
);

/** The values of a path's parameters, or undefined when it is another path. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? '');
    if (segment.startsWith(':')) params[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return params;
}
