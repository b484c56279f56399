/**
 * What the model is told of other sessions. Whatever was written there is fenced.
 *
 * @module
 */
import {
  type SessionAnswer,
  type SessionHistory,
  type SessionInfo,
  type ToolResult,
  fenced,
  plainLine,
} from '@portcullis/core';

/** Most UTF-16 units of a transcript in one result. */
const HISTORY_CHARS = 60_000;
const ANSWER_CHARS = 40_000;
const LABEL_CHARS = 80;

/** A session in one line. */
export function lineOf(session: SessionInfo): string {
  const { key, kind, status, messageCount, updatedAt, label, isSelf } = session;
  const messages = `${String(messageCount)} message${messageCount === 1 ? '' : 's'}`;
  const title =
    label === undefined ? '' : `, titled ${JSON.stringify(plainLine(label, LABEL_CHARS))}`;
  const self = isSelf ? ' (this session)' : '';
  const at = new Date(updatedAt).toISOString();
  return `${key}${self}: ${kind}, ${status}, ${messages}, last ${at}${title}`;
}

/** A transcript, its oldest messages dropped first where it is long. */
export function transcriptOf({ session, messages, more }: SessionHistory): string {
  const told: string[] = [];
  let room = HISTORY_CHARS;
  for (const { role, at, text } of messages.toReversed()) {
    const entry = `[${role}, ${new Date(at).toISOString()}]\n${text}`;
    room -= entry.length;
    if (room < 0 && told.length > 0) break;
    told.unshift(entry.slice(0, HISTORY_CHARS));
  }
  const left = more || told.length < messages.length ? '\n[there are older messages]' : '';
  if (told.length === 0) return `${lineOf(session)}\n[no messages]${left}`;
  const origin = { session: session.key };
  return `${lineOf(session)}${left}\n${fenced('session', origin, told.join('\n\n'))}`;
}

/** What came of work that another session was given. */
export function answerOf({ key, status, text = '', reason }: SessionAnswer): ToolResult {
  const details = { session: key, status, ...(reason === undefined ? {} : { reason }) };
  switch (status) {
    case 'answered': {
      const left = text.length - ANSWER_CHARS;
      const cut =
        left > 0 ? `\n[cut: ${String(left)} more characters; sessions_history has them]` : '';
      const said = fenced('session', { session: key }, text.slice(0, ANSWER_CHARS));
      return { text: `The session ${key} answered:\n${said}${cut}`, details };
    }
    case 'running':
      return {
        text: `The session ${key} is at work. session_status or sessions_list tell how it is doing, sessions_history what it answered.`,
        details,
      };
    default: {
      const how = status === 'stopped' ? 'was stopped' : 'ended without an answer';
      const why = reason === undefined ? '' : ` (${reason})`;
      return { text: `The session ${key} ${how}${why}.`, isError: true, details };
    }
  }
}
