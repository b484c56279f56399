/**
 * The document about commands: what OpenClaw allowed for good on this machine.
 *
 * @module
 */
import type { TheirDatabase } from './database.ts';
import { type Source, readSource } from './source.ts';

/** The document as it would be taken over. */
export type TheirApprovals =
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'read';
      /** Without what belongs to OpenClaw's own process. */
      readonly text: string;
      /** Commands it allows, over all agents. */
      readonly allowed: number;
    };

type Fields = Readonly<Record<string, unknown>>;

/** Reads the document: the file where there is one, since only older releases keep it, else the row. */
export function findApprovals(source: Source, database: TheirDatabase): TheirApprovals {
  const file = readSource(source, 'exec-approvals.json');
  if (file.kind === 'refused') return file;
  const stored = database.kind === 'read' ? database.approvals : undefined;
  const text = file.kind === 'text' ? file.text : stored;
  if (text === undefined) return { kind: 'absent' };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { kind: 'refused', why: 'it is not valid JSON' };
  }
  if (!isFields(body) || body['version'] !== 1)
    return { kind: 'refused', why: 'it is of no known form' };
  // The socket is where OpenClaw's own program answers, with its token.
  const { socket: _socket, ...rest } = body;
  const agents = isFields(rest['agents']) ? Object.values(rest['agents']) : [];
  const allowed = agents
    .map((agent) =>
      isFields(agent) && Array.isArray(agent['allowlist']) ? agent['allowlist'].length : 0,
    )
    .reduce((sum, each) => sum + each, 0);
  return { kind: 'read', text: `${JSON.stringify(rest, null, 2)}\n`, allowed };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
