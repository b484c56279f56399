/**
 * What the model is told of other sessions. Whatever was written there is fenced.
 *
 * @module
 */
import { type SessionHistory, type SessionInfo, fenced, plainLine } from '@portcullis/core';

/** Most UTF-16 units of a transcript in one result. */
const HISTORY_CHARS = 60_000;
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
