/**
 * The Bot API methods the fake answers, by lower-case name.
 *
 * @module
 */
import type { Chat } from 'grammy/types';
import type { ChatState, Network } from './network.ts';
import {
  answerCallbackQuery,
  deleteMessage,
  editMessageText,
  sendFile,
  sendMessage,
} from './outgoing.ts';
import { flag, integer, type Parameters, text } from './parameters.ts';
import { badRequest, Refusal } from './refusal.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** What a method may use. */
export interface MethodContext {
  readonly network: Network;
  readonly webhook: WebhookSender;
  /** Aborts when the client hangs up. */
  readonly gone: AbortSignal;
}

type Method = (parameters: Parameters, context: MethodContext) => unknown;

/** Files above this are not for bots to fetch. */
const GET_FILE_LIMIT = 20 * 1024 * 1024;

function allowed({ values }: Parameters): readonly string[] | undefined {
  const value = values['allowed_updates'];
  return Array.isArray(value) ? value.filter((kind) => typeof kind === 'string') : undefined;
}

async function getUpdates(parameters: Parameters, { network, webhook, gone }: MethodContext) {
  if (webhook.target !== undefined) {
    throw new Refusal(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  }
  const kinds = allowed(parameters);
  if (kinds !== undefined) network.updates.allow(kinds);
  const request = {
    offset: integer(parameters, 'offset') ?? 0,
    limit: Math.min(Math.max(integer(parameters, 'limit') ?? 100, 1), 100),
    timeoutMs: Math.min(integer(parameters, 'timeout') ?? 0, 50) * 1000,
  };
  return await network.updates.poll(request, gone);
}

async function setWebhook(parameters: Parameters, { network, webhook }: MethodContext) {
  const url = text(parameters, 'url') ?? '';
  const secretToken = text(parameters, 'secret_token');
  // The real service wants https; a fake on loopback has no certificate to show.
  if (url !== '' && !/^https?:\/\//u.test(url)) {
    throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
  }
  if (secretToken !== undefined && !/^[\w-]{1,256}$/u.test(secretToken)) {
    throw badRequest('secret token contains unallowed characters');
  }
  const kinds = allowed(parameters);
  if (kinds !== undefined) network.updates.allow(kinds);
  if (flag(parameters, 'drop_pending_updates')) network.updates.clear();
  network.updates.terminatePoll();
  await webhook.set(url === '' ? undefined : { url, secretToken });
  return true;
}

async function deleteWebhook(parameters: Parameters, { network, webhook }: MethodContext) {
  if (flag(parameters, 'drop_pending_updates')) network.updates.clear();
  await webhook.set(undefined);
  return true;
}

function getFile(parameters: Parameters, { network }: MethodContext) {
  const id = text(parameters, 'file_id') ?? '';
  const file = network.files.get(id);
  if (file === undefined) throw badRequest('wrong file_id or the file is temporarily unavailable');
  if (file.bytes.length > GET_FILE_LIMIT) throw badRequest('file is too big');
  return {
    file_id: id,
    file_unique_id: id.slice(-12),
    file_size: file.bytes.length,
    file_path: file.path,
  };
}

function leaveChat(parameters: Parameters, { network }: MethodContext) {
  const state = network.writableChat(parameters.values['chat_id']);
  if (state.chat.type === 'private') throw badRequest("chat can't be left");
  state.closedBecause = `Forbidden: bot is not a member of the ${state.chat.type} chat`;
  return true;
}

function setMessageReaction(parameters: Parameters, { network }: MethodContext) {
  const state = network.writableChat(parameters.values['chat_id']);
  const id = integer(parameters, 'message_id');
  if (id === undefined || !state.messages.has(id)) {
    throw badRequest('message to react not found');
  }
  return true;
}

function writable(parameters: Parameters, { network }: MethodContext): ChatState {
  return network.writableChat(parameters.values['chat_id']);
}

/** Every method the fake answers; any other is a 404 as in the real service. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['getme', (_, { network }) => network.bot],
  ['getupdates', getUpdates],
  ['setwebhook', setWebhook],
  ['deletewebhook', deleteWebhook],
  ['getwebhookinfo', (_, { webhook }) => webhook.info()],
  ['sendmessage', (parameters, { network }) => sendMessage(network, parameters)],
  ['sendphoto', (parameters, { network }) => sendFile(network, parameters, 'photo')],
  ['senddocument', (parameters, { network }) => sendFile(network, parameters, 'document')],
  ['editmessagetext', (parameters, { network }) => editMessageText(network, parameters)],
  ['deletemessage', (parameters, { network }) => deleteMessage(network, parameters)],
  ['answercallbackquery', (parameters, { network }) => answerCallbackQuery(network, parameters)],
  ['setmessagereaction', setMessageReaction],
  [
    'sendchataction',
    (parameters, context) => {
      writable(parameters, context);
      if (text(parameters, 'action') === undefined) throw badRequest('wrong parameter action');
      return true;
    },
  ],
  ['getfile', getFile],
  ['getchat', (parameters, context): Chat => writable(parameters, context).chat],
  ['leavechat', leaveChat],
  ['setmycommands', () => true],
]);
