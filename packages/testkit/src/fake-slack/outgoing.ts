/**
 * What a bot writes: messages, edits, files.
 *
 * @module
 */
import { mentions, pingsIn, shownText } from './markup.ts';
import type { ChannelState, Network, SlackMessage } from './network.ts';
import type { FakeSlackBot, SentSlackMessage } from './records.ts';
import { fileOf, messageEvent } from './payloads.ts';
import { Refusal } from './refusal.ts';
import { field, flag, integer, nested, type Parameters, text } from './request.ts';

const TEXT_LIMIT = 40_000;
const BLOCKS_LIMIT = 50;
const SECTION_LIMIT = 3000;
const BUTTON_VALUE_LIMIT = 2000;
const BUTTON_LABEL_LIMIT = 75;

/** What the methods that write may use. */
export interface WriteContext {
  readonly network: Network;
  readonly bot: FakeSlackBot;
  /** `http://127.0.0.1:<port>` */
  readonly base: string;
}

/** A conversation the bot may write to. A user's id stands for the direct messages with them. */
function writable({ network, bot }: WriteContext, parameters: Parameters): ChannelState {
  const id = text(parameters, 'channel');
  const state = network.users.has(id ?? '')
    ? network.direct(id ?? '', bot)
    : network.visibleTo(bot, id);
  if (state.archived) throw new Refusal('is_archived');
  if (!state.members.has(bot.userId)) throw new Refusal('not_in_channel');
  return state;
}

function buttonIn(element: unknown): { label: string; value: string } | undefined {
  if (field(element, 'type') !== 'button') return undefined;
  const label = String(field(field(element, 'text'), 'text') ?? '');
  const value = String(field(element, 'value') ?? '');
  const id = field(element, 'action_id');
  const fits =
    label !== '' &&
    label.length <= BUTTON_LABEL_LIMIT &&
    value.length <= BUTTON_VALUE_LIMIT &&
    (id === undefined || (typeof id === 'string' && id !== '' && id.length <= 255));
  if (!fits) throw new Refusal('invalid_blocks');
  return { label, value };
}

/** Reads blocks as strictly as matters: sizes, and buttons whose ids are unique in a block. */
function readBlocks(parameters: Parameters) {
  const blocks = nested(parameters, 'blocks', 'invalid_blocks_format') ?? [];
  if (!Array.isArray(blocks) || blocks.length > BLOCKS_LIMIT) throw new Refusal('invalid_blocks');
  const rows: { label: string; value: string }[][] = [];
  for (const block of blocks) {
    if (field(block, 'type') === 'section') {
      const shown = String(field(field(block, 'text'), 'text') ?? '');
      if (shown === '' || shown.length > SECTION_LIMIT) throw new Refusal('invalid_blocks');
    } else if (field(block, 'type') === 'actions') {
      const elements = field(block, 'elements');
      if (!Array.isArray(elements) || elements.length === 0 || elements.length > 25) {
        throw new Refusal('invalid_blocks');
      }
      const ids = elements.map((element) => field(element, 'action_id'));
      if (new Set(ids).size < ids.length) throw new Refusal('invalid_blocks');
      rows.push(elements.map(buttonIn).filter((button) => button !== undefined));
    } else throw new Refusal('invalid_blocks');
  }
  return { blocks, rows };
}

function readMetadata(parameters: Parameters): unknown {
  const metadata = nested(parameters, 'metadata', 'invalid_metadata_format');
  if (metadata === undefined) return undefined;
  const payload = field(metadata, 'event_payload');
  const isWhole =
    typeof field(metadata, 'event_type') === 'string' &&
    typeof payload === 'object' &&
    payload !== null;
  if (!isWhole) throw new Refusal('invalid_metadata_format');
  return metadata;
}

/** Tells the apps of a conversation about a message of the bot. */
function echo({ network, bot }: WriteContext, state: ChannelState, message: SlackMessage): void {
  const event = messageEvent(state, message, network);
  for (const other of network.bots) {
    const hears = state.members.has(other.userId) && (other !== bot || network.echoes);
    if (hears) network.happens({ state, event, only: other.token });
  }
}

function record(
  context: WriteContext,
  state: ChannelState,
  message: SlackMessage,
  changes: Partial<SentSlackMessage>,
): void {
  context.network.sent.push({
    channelId: state.channel.id,
    ts: message.ts,
    ...(message.thread_ts === undefined ? {} : { threadTs: message.thread_ts }),
    userId: context.bot.userId,
    text: message.text,
    shown: shownText(message.text),
    pings: pingsIn(message.text),
    buttons: [],
    files: [],
    unfurls: false,
    edits: [],
    deleted: false,
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...changes,
  });
}

function authored({ bot }: WriteContext) {
  const { userId: user, botId: bot_id, app, workspace } = bot;
  return { user, bot_id, app_id: app.id, team: workspace.id };
}

/** `link_names` and `parse: full` turn bare names and addresses into mentions and links. */
function linked(parameters: Parameters, body: string): string[] {
  const wide = flag(parameters, 'link_names') === true || text(parameters, 'parse') === 'full';
  if (!wide) return [];
  return [...body.matchAll(/@(channel|here|everyone|[a-z0-9._-]+)/giu)].map(
    ([, name]) => name ?? '',
  );
}

function bodyOf(parameters: Parameters, hasBlocks: boolean): string {
  const body = text(parameters, 'text') ?? '';
  if (body === '' && !hasBlocks) throw new Refusal('no_text');
  if (body.length > TEXT_LIMIT) throw new Refusal('msg_too_long');
  return body;
}

/** `chat.postMessage` */
export function postMessage(parameters: Parameters, context: WriteContext): object {
  const state = writable(context, parameters);
  const { blocks, rows } = readBlocks(parameters);
  const body = bodyOf(parameters, blocks.length > 0);
  const metadata = readMetadata(parameters);
  const root = text(parameters, 'thread_ts');
  const message = context.network.write(state, {
    ...authored(context),
    text: body,
    ...(blocks.length === 0 ? {} : { blocks }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(root === undefined ? {} : { thread_ts: root }),
  });
  const unfurls =
    flag(parameters, 'unfurl_links') !== false || flag(parameters, 'unfurl_media') !== false;
  record(context, state, message, {
    buttons: rows,
    unfurls,
    pings: [...pingsIn(JSON.stringify([body, blocks])), ...linked(parameters, body)],
  });
  echo(context, state, message);
  return { channel: state.channel.id, ts: message.ts, message };
}

/** `chat.postEphemeral` */
export function postEphemeral(parameters: Parameters, context: WriteContext): object {
  const state = writable(context, parameters);
  const user = text(parameters, 'user') ?? '';
  if (!state.members.has(user)) throw new Refusal('user_not_in_channel');
  const root = text(parameters, 'thread_ts');
  const message: SlackMessage = {
    type: 'message',
    ts: context.network.newTs(),
    text: bodyOf(parameters, false),
    ...(root === undefined ? {} : { thread_ts: root }),
    reactions: [],
  };
  record(context, state, message, { ephemeralTo: user });
  return { message_ts: message.ts };
}

function own(context: WriteContext, parameters: Parameters, error: string) {
  const state = writable(context, parameters);
  const message = context.network.message(state, text(parameters, 'ts'));
  if (message.user !== context.bot.userId) throw new Refusal(error);
  const sent = context.network.sent.find(
    ({ ts, channelId }) => ts === message.ts && channelId === state.channel.id,
  );
  return { state, message, sent };
}

/** `chat.update` */
export function update(parameters: Parameters, context: WriteContext): object {
  const { state, message, sent } = own(context, parameters, 'cant_update_message');
  const { blocks, rows } = readBlocks(parameters);
  message.text = bodyOf(parameters, blocks.length > 0);
  message.edited = { user: context.bot.userId, ts: context.network.newTs() };
  if (parameters['blocks'] !== undefined) message.blocks = blocks;
  if (sent !== undefined) {
    sent.text = message.text;
    sent.shown = shownText(message.text);
    sent.pings.push(...pingsIn(message.text), ...linked(parameters, message.text));
    sent.edits.push(message.text);
    if (parameters['blocks'] !== undefined) sent.buttons = rows;
  }
  return { channel: state.channel.id, ts: message.ts, text: message.text };
}

/** `chat.delete` */
export function remove(parameters: Parameters, context: WriteContext): object {
  const { state, message, sent } = own(context, parameters, 'cant_delete_message');
  state.messages.delete(message.ts);
  if (sent !== undefined) sent.deleted = true;
  return { channel: state.channel.id, ts: message.ts };
}

/** `files.getUploadURLExternal` */
export function uploadUrl(parameters: Parameters, { network, bot, base }: WriteContext): object {
  const name = text(parameters, 'filename');
  const expected = integer(parameters, 'length');
  if (name === undefined || expected === undefined || expected === 0) {
    throw new Refusal('invalid_arguments');
  }
  const file = network.addFile({ name, bytes: new Uint8Array() }, bot.workspace.id);
  network.files.set(file.id, { ...file, expected });
  return { upload_url: `${base}/upload/v1/${file.id}`, file_id: file.id };
}

/** `files.completeUploadExternal`. The message appears a moment later than the answer. */
export function completeUpload(parameters: Parameters, context: WriteContext): object {
  const { network, base } = context;
  const listed = nested(parameters, 'files', 'invalid_arguments');
  if (!Array.isArray(listed) || listed.length === 0) throw new Refusal('invalid_arguments');
  const files = listed.map((entry) => {
    const file = network.files.get(String(field(entry, 'id')));
    if (file === undefined) throw new Refusal('file_not_found');
    if (file.bytes.length !== file.expected) throw new Refusal('invalid_arguments');
    return file;
  });
  const channel = text(parameters, 'channel_id');
  const answer = { files: files.map((file) => fileOf(file, base)) };
  if (channel === undefined) return answer;
  const state = writable(context, { channel });
  const root = text(parameters, 'thread_ts');
  const message = network.write(state, {
    ...authored(context),
    subtype: 'file_share',
    text: text(parameters, 'initial_comment') ?? '',
    files: files.map((file) => fileOf(file, base)),
    ...(root === undefined ? {} : { thread_ts: root }),
  });
  for (const file of files) file.shares.set(state.channel.id, message.ts);
  record(context, state, message, { files });
  echo(context, state, message);
  return answer;
}

/** Whether a bot is called in a text. */
export function calls(bot: FakeSlackBot, message: SlackMessage): boolean {
  return mentions(message.text, bot.userId);
}
