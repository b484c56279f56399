/**
 * Pressed buttons and commands: the event the bot gets and the answers it may give.
 *
 * @module
 */
import type { APIMessage } from 'discord.js';
import type { FakeDiscordPeople } from './controls.ts';
import type { ChannelState, InteractionState, Network } from './network.ts';
import { createMessage, editMessage } from './outgoing.ts';
import { channelOf, fullMemberOf, userOf } from './payloads.ts';
import { Refusal, unknown } from './refusal.ts';
import type { FakeDiscordUser } from './records.ts';
import { type ApiRequest, object, text } from './request.ts';
import { randomBytes } from 'node:crypto';

const EPHEMERAL = 1 << 6;
const MESSAGE = 4;
const MESSAGE_LATER = 5;
const NOTHING = 6;
const CHANGE = 7;

interface Begun {
  readonly from: FakeDiscordUser;
  readonly state: ChannelState;
  readonly message: APIMessage | undefined;
  readonly type: 2 | 3;
  readonly data: object;
}

/** Tells the gateway of an interaction; returns its id. */
function begin(network: Network, { from, state, message, type, data }: Begun): string {
  const id = network.ids.next();
  const token = randomBytes(24).toString('base64url');
  const channelId = state.channel.id;
  network.interactions.set(id, {
    id,
    token,
    channelId,
    messageId: message?.id,
    answer: undefined,
    answerMessageId: undefined,
  });
  const { guild_id } = state.channel;
  const guild = guild_id === undefined ? undefined : network.guilds.get(guild_id);
  const member = guild === undefined ? undefined : fullMemberOf(network.member(guild, from));
  const who =
    member === undefined || guild === undefined
      ? { user: userOf(from), context: 1 }
      : { member: { ...member, permissions: '0' }, guild_id: guild.id, context: 0 };
  network.emit('INTERACTION_CREATE', {
    id,
    token,
    version: 1,
    application_id: network.bot.id,
    type,
    data,
    channel: channelOf(state),
    channel_id: channelId,
    ...(message === undefined ? {} : { message }),
    locale: 'en-US',
    app_permissions: '0',
    entitlements: [],
    authorizing_integration_owners: {},
    attachment_size_limit: 10 * 1024 * 1024,
    ...who,
  });
  return id;
}

/** Presses a button. */
export function press(
  network: Network,
  { from, channelId, messageId, customId }: Parameters<FakeDiscordPeople['userPresses']>[0],
): string {
  const state = network.channel(channelId);
  const message = network.message(state, messageId);
  const data = { custom_id: customId, component_type: 2, id: 1 };
  return begin(network, { from, state, message, type: 3, data });
}

/** Gives a command. */
export function giveCommand(
  network: Network,
  { from, channelId, name, args }: Parameters<FakeDiscordPeople['userCommands']>[0],
): string {
  const options = args === undefined ? {} : { options: [{ type: 3, name: 'args', value: args }] };
  const data = { id: network.ids.next(), type: 1, name, ...options };
  const state = network.channel(channelId);
  return begin(network, { from, state, message: undefined, type: 2, data });
}

function interaction(
  network: Network,
  find: (state: InteractionState) => boolean,
): InteractionState {
  const state = [...network.interactions.values()].find(find);
  if (state === undefined) throw unknown('interaction');
  return state;
}

/** `POST /interactions/{id}/{token}/callback`: the first answer, which must not be the second. */
export function answerInteraction(network: Network, request: ApiRequest, base: string): undefined {
  const { id, token } = request.params;
  const state = interaction(network, (known) => known.id === id && known.token === token);
  if (state.answer !== undefined) {
    throw new Refusal(400, 40060, 'Interaction has already been acknowledged.');
  }
  const type = Number(request.body['type']);
  const data = object(request.body, 'data') ?? {};
  if (![MESSAGE, MESSAGE_LATER, NOTHING, CHANGE].includes(type)) {
    throw new Refusal(400, 50035, 'Invalid Form Body');
  }
  const channel = network.channel(state.channelId);
  if (type === MESSAGE) {
    const written = createMessage(network, channel, { body: data, files: request.files }, base);
    state.answerMessageId = written.id;
  }
  if (type === CHANGE) editMessage(network, channel, state.messageId ?? '', data);
  if (type === CHANGE || type === NOTHING) state.answerMessageId = state.messageId;
  const ephemeral = (Number(data['flags'] ?? 0) & EPHEMERAL) !== 0;
  state.answer = { type, content: text(data, 'content'), ephemeral };
  return undefined;
}

/** `PATCH /webhooks/{application}/{token}/messages/@original`: the answer, later or changed. */
export function editAnswer(network: Network, request: ApiRequest, base: string): APIMessage {
  const { token } = request.params;
  const state = interaction(network, (known) => known.token === token);
  if (state.answer === undefined) throw unknown('webhook');
  const channel = network.channel(state.channelId);
  const content = text(request.body, 'content');
  state.answer = { ...state.answer, content };
  if (state.answerMessageId !== undefined) {
    return editMessage(network, channel, state.answerMessageId, request.body);
  }
  const flags = state.answer.ephemeral ? { flags: EPHEMERAL } : {};
  const body = { ...request.body, ...flags };
  const message = createMessage(network, channel, { body, files: request.files }, base);
  state.answerMessageId = message.id;
  return message;
}

/** `POST /webhooks/{application}/{token}`: a further message about the same press. */
export function followUp(network: Network, request: ApiRequest, base: string): APIMessage {
  const { token } = request.params;
  const state = interaction(network, (known) => known.token === token);
  if (state.answer === undefined) throw unknown('webhook');
  return createMessage(network, network.channel(state.channelId), request, base);
}
