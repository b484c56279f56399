/**
 * What a model gets of a tool's result: without the secrets of this gateway, and not more than it can
 * read at once.
 *
 * @module
 */
import type { ToolResult } from '@portcullis/core';

import type { EgressGuard } from '../egress/guard.ts';

/** Most UTF-16 units of a result that a model gets. */
const RESULT_CHARS = 100_000;
/** Of a longer one that is kept whole elsewhere, as much is shown. */
const HEAD_CHARS = 10_000;

/** Where a result is kept whole. */
export interface Kept {
  /** From the workspace. */
  readonly path: string;
  readonly bytes: number;
}

/** What a result needs of the rest of the gateway. */
export interface ResultRooms {
  readonly egress: EgressGuard;
  /** Told before anybody sees the result that it held a secret. */
  readonly hid: () => Promise<void>;
  /** Keeps a text whole where the agent can read it. Undefined where it cannot. */
  readonly keep: (text: string) => Promise<Kept | undefined>;
}

/** The result as the model and the transcript get it. */
export async function presentable(
  result: ToolResult,
  { egress, hid, keep }: ResultRooms,
): Promise<ToolResult> {
  const text = egress.redact(result.text);
  if (text !== result.text) await hid();
  if (text.length <= RESULT_CHARS) return { ...result, text };
  const kept = await keep(text);
  return { ...result, text: kept === undefined ? cut(text) : shortened(text, kept) };
}

function shortened(text: string, { path, bytes }: Kept): string {
  const head = upTo(text, HEAD_CHARS);
  return `${head}\n[These are the first ${String(head.length)} of ${String(text.length)} characters. The whole result is in ${path} (${String(bytes)} bytes): read parts of it, or search it.]`;
}

function cut(text: string): string {
  const head = upTo(text, RESULT_CHARS);
  return `${head}\n[cut: ${String(text.length - head.length)} more characters]`;
}

/** The beginning of a text, never half a character. */
function upTo(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
