/**
 * The words of a question, as markdown.
 *
 * Promises: a subject is shown whole or not at all, and only what was shown whole can be allowed by
 * a button; nothing in a subject can leave its code block, and nothing in it is invisible.
 *
 * @module
 */
import { type Json, canonicalJson } from '@portcullis/core';

import { describeAct } from './describe.ts';
import { FLOOD_ASKS, FLOOD_MS } from './flood.ts';
import type { ApprovalAnswer, ApprovalQuestion, ApprovalRow } from './row.ts';

/** Longest piece of a subject in one message, UTF-16 units: fits every network with its frame. */
const PIECE = 1500;
/** Most messages one question may take of a conversation. */
const MOST_PIECES = 12;

/** A question as messages. */
export interface Prompt {
  /** One text a message, in order. The last one asks. */
  readonly texts: readonly string[];
  /** What may be answered by a button. */
  readonly answers: readonly ApprovalAnswer[];
}

/** Writes a question as messages. */
export function promptOf(row: ApprovalRow): Prompt {
  const pieces = cut(spelled(row.subject));
  const head = [
    `**Approval needed: ${describeAct(row)}.**`,
    `Tool ${code(row.tool)} of agent ${code(row.agentId)}, asked for by ${code(row.requester)} in ${code(row.sessionKey)}.`,
    `Why I ask: ${unhidden(row.reason)} (${row.codes.map(code).join(', ')})`,
    ...(row.story === undefined ? [] : [`What stands behind it: ${code(row.story)}`]),
  ].join('\n');
  const answers = pieces.length > MOST_PIECES ? (['deny'] as const) : row.offered;
  const end = `SHA-256 of all this: ${code(row.digest)}\n${answersText(row, answers)}`;
  if (pieces.length > MOST_PIECES) {
    const tooLong = `What would happen is too long to be shown here, so it cannot be allowed here. Read and answer it with ${code(`openclaw approvals show ${row.id}`)} or on the control page.`;
    return { texts: [`${head}\n${tooLong}\n${end}`], answers };
  }
  const last = pieces.length - 1;
  const texts = pieces.map((piece, index) => {
    const part = last === 0 ? '' : ` (part ${String(index + 1)} of ${String(last + 1)})`;
    const lead = index === 0 ? `${head}\n` : '';
    const tail = index === last ? `\n${end}` : '';
    return `${lead}Exactly this would happen${part}:\n\`\`\`json\n${piece}\n\`\`\`${tail}`;
  });
  return { texts, answers };
}

/** What approvers are told of a run that asked too often. */
export function floodText({ run, tool }: ApprovalQuestion): string {
  const span = String(FLOOD_MS / 60_000);
  return [
    `**Stopped: too many questions.** Agent ${code(run.agentId)} asked ${String(FLOOD_ASKS)} times within ${span} minutes for what nobody allowed, for ${code(run.principal.id)} in ${code(run.sessionKey)}, last by the tool ${code(tool)}.`,
    `Its run was stopped. It may ask again when ${span} minutes have passed; you hear of it only once in that time.`,
  ].join('\n');
}

function answersText(row: ApprovalRow, answers: readonly ApprovalAnswer[]): string {
  const ways = answers.map((answer) => code(`/approve ${row.id} ${answer}`));
  const always = answers.includes('allow-always')
    ? ` Always means: ${row.standing?.kind === 'flow' ? 'to this receiver or address, whatever is sent, from this session, until it starts anew' : 'this whole line in this directory, by this agent, as long as programs and script stay as they are'}. Take it back with ${code('openclaw approvals grants list')}.`
    : '';
  return `Answer within ${minutes(row)} minutes. By text: ${ways.join(' or ')}.${always}`;
}

function minutes({ createdAt, expiresAt }: ApprovalRow): string {
  return String(Math.round((expiresAt - createdAt) / 60_000));
}

/**
 * What a reader does not see, or sees as something else: controls, what has no shape of its own or
 * changes the order of others, every space but the plain one, and what could end a code block.
 */
const UNSEEN =
  /[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]--[\n\u0020]]|`{3,}|(?<=[^\n\u0020]) {3,}/gv;

function spell(found: string): string {
  return [...Array(found.length).keys()]
    .map((index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
}

/** Text in which everything is seen. */
export function unhidden(text: string): string {
  return text.replaceAll(UNSEEN, spell);
}

/** A subject as JSON over several lines that means the same and hides nothing. */
function spelled(subject: Json): string {
  return unhidden(JSON.stringify(JSON.parse(canonicalJson(subject)), null, 2));
}

/** A word in a code span that nothing in it can end. */
function code(text: string): string {
  return `\`${unhidden(text.replaceAll(/[`\n]/gu, spell))}\``;
}

/** Pieces of at most {@link PIECE}, at line breaks where there are some; together the whole. */
function cut(text: string): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > PIECE) {
    const line = rest.lastIndexOf('\n', PIECE);
    let end = line > PIECE / 2 ? line : PIECE;
    if (/[\uD800-\uDBFF]$/u.test(rest.slice(0, end))) end -= 1;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(rest[end] === '\n' ? end + 1 : end);
  }
  return [...pieces, rest];
}
