/**
 * What is on the page of one session, and how it changes. Pure: state in, state out.
 *
 * The transcript of the gateway is the truth. Beside it stand the answer being written and the
 * messages the gateway has not confirmed yet; both disappear into the transcript when it is read
 * again.
 *
 * @module
 */
import type { ChatEvent, ErrorShape, Message, MethodResult } from '@portcullis/protocol';

/** One entry of the page. */
export interface Line {
  readonly key: string;
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly runId?: string;
  /** Of a tool line: which tool. */
  readonly tool?: string;
  /** Why the entry is not what was hoped for, one sentence. */
  readonly problem?: string;
}

/** A message of ours that the gateway has not confirmed. */
export interface PendingSend {
  /** Stays the same however often it is sent: the gateway processes it once. */
  readonly idempotencyKey: string;
  readonly text: string;
  readonly at: number;
  /** Set when the gateway refused it. */
  readonly problem?: string;
}

/** The answer being written. */
interface LiveAnswer {
  readonly runId: string;
  readonly text: string;
}

/** Everything on the page of one session. */
export interface Conversation {
  readonly sessionKey: string;
  readonly lines: readonly Line[];
  readonly sends: readonly PendingSend[];
  readonly live?: LiveAnswer;
  /** False until the transcript was read. */
  readonly loaded: boolean;
  /** True when the gateway has older messages than these. */
  readonly hasMore: boolean;
  /** Why the transcript could not be read. */
  readonly problem?: string;
}

/** A page of a transcript as the gateway answers. */
export type History = Extract<MethodResult<'chat.history'>, { readonly hasMore: boolean }>;

/** The page of a session before anything is known of it. */
export function emptyConversation(sessionKey: string): Conversation {
  return { sessionKey, lines: [], sends: [], loaded: false, hasMore: false };
}

/** Replaces the transcript by what the gateway has. */
export function withHistory(conversation: Conversation, history: History): Conversation {
  const { problem: _, live: known, ...rest } = conversation;
  const stored = new Set(
    history.messages.flatMap(({ role, __openclaw: place }) =>
      role === 'user' ? [place.runId] : [],
    ),
  );
  const running = history.inFlightRun;
  // What arrived as events while the page was read is newer than the page.
  const live =
    running === undefined
      ? undefined
      : {
          runId: running.runId,
          text:
            known?.runId === running.runId && known.text.length > running.text.length
              ? known.text
              : running.text,
        };
  return {
    ...rest,
    lines: [...history.messages.flatMap(toLine), ...endsMissingFrom(history, rest.lines)],
    sends: rest.sends.filter(({ idempotencyKey }) => !stored.has(idempotencyKey)),
    loaded: true,
    hasMore: history.hasMore,
    ...(live === undefined ? {} : { live }),
  };
}

/** The end of the last run, as long as the transcript does not have it: nothing said vanishes. */
function endsMissingFrom({ messages }: History, lines: readonly Line[]): readonly Line[] {
  const last = messages.at(-1);
  if (last === undefined || last.role === 'assistant') return [];
  const { __openclaw: place } = last;
  return lines.filter((line) => line.key === `end:${place.runId}`);
}

function toLine(message: Message): readonly Line[] {
  const { role, content, timestamp, errorMessage, stopReason, toolName, isError } = message;
  const { __openclaw: place } = message;
  const { id, runId } = place;
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const images = content.filter((part) => part.type === 'image').length;
  const shown = images === 0 ? text : `${text}\n\n*(${images} image${images === 1 ? '' : 's'})*`;
  const base = { key: id, text: shown, at: timestamp, ...(runId === undefined ? {} : { runId }) };
  if (role === 'toolResult') {
    const problem = isError === true ? { problem: 'The tool failed.' } : {};
    return [{ ...base, role: 'tool', tool: toolName ?? 'tool', ...problem }];
  }
  const problem =
    stopReason === 'aborted'
      ? 'Stopped.'
      : stopReason === 'error'
        ? (errorMessage ?? 'The model failed.')
        : undefined;
  if (shown.trim() === '' && problem === undefined) return [];
  return [{ ...base, role, ...(problem === undefined ? {} : { problem }) }];
}

/** Says why the transcript could not be read; what is shown stays. */
export function withHistoryProblem(
  conversation: Conversation,
  { message }: ErrorShape,
): Conversation {
  return { ...conversation, loaded: true, problem: message };
}

/** Applies a `chat` event of this session. */
export function withChatEvent(
  conversation: Conversation,
  event: ChatEvent,
  at: number,
): Conversation {
  if (event.sessionKey !== conversation.sessionKey) return conversation;
  const said = event.message?.content.map((part) => part.text).join('');
  const { live, ...rest } = conversation;
  const before = live?.runId === event.runId ? live.text : '';
  if (event.state === 'delta') {
    const text = said ?? (event.replace === true ? event.deltaText : before + event.deltaText);
    return { ...conversation, live: { runId: event.runId, text } };
  }
  const text = said ?? before;
  const problem =
    event.state === 'error'
      ? event.errorMessage
      : event.state === 'aborted'
        ? 'Stopped.'
        : undefined;
  const line: Line = {
    key: `end:${event.runId}`,
    role: 'assistant',
    text,
    at,
    runId: event.runId,
    ...(problem === undefined ? {} : { problem }),
  };
  const kept = live !== undefined && live.runId !== event.runId ? { live } : {};
  const lines = text === '' && problem === undefined ? rest.lines : [...rest.lines, line];
  // The page of an answered message shows it before its answer even when it was never re-read.
  return { ...rest, ...kept, ...settleSend(rest, event.runId, lines) };
}

/** Turns the pending send of a run into an ordinary line, before the lines of that run. */
function settleSend(
  { sends }: Pick<Conversation, 'sends'>,
  runId: string,
  lines: readonly Line[],
): Pick<Conversation, 'sends' | 'lines'> {
  const send = sends.find((each) => each.idempotencyKey === runId);
  if (send === undefined) return { sends, lines };
  const own: Line = { key: `sent:${runId}`, role: 'user', text: send.text, at: send.at, runId };
  const first = lines.findIndex((line) => line.runId === runId);
  const place = first === -1 ? lines.length : first;
  return {
    sends: sends.filter((each) => each !== send),
    lines: lines.toSpliced(place, 0, own),
  };
}

/** Adds a message that is about to be sent, or marks it as being sent once more. */
export function withSend(conversation: Conversation, send: PendingSend): Conversation {
  const others = conversation.sends.filter(
    ({ idempotencyKey }) => idempotencyKey !== send.idempotencyKey,
  );
  return { ...conversation, sends: [...others, send] };
}

/** Marks a message as refused. */
export function withRefusedSend(
  conversation: Conversation,
  idempotencyKey: string,
  problem: string,
): Conversation {
  return {
    ...conversation,
    sends: conversation.sends.map((send) =>
      send.idempotencyKey === idempotencyKey ? { ...send, problem } : send,
    ),
  };
}
