/**
 * Names for the tools of servers. A server's own name for a tool is data: what people, policy and
 * models see is made here, from the operator's name for the server and a small alphabet.
 *
 * @module
 */

import { serverPrefix } from '@portcullis/policy/tools';

/** Longest name a model's provider takes. */
const NAME_CHARS = 64;
/** What the protocol itself lets a tool be called. */
const SOUND = /^[A-Za-z0-9_.\-/]{1,128}$/u;

/** The name a tool is offered under; undefined for what no tool may be called. */
export function offeredName(server: string, tool: string): string | undefined {
  if (!SOUND.test(tool)) return undefined;
  const plain = tool.toLowerCase().replaceAll(/[^a-z0-9_-]/gu, '-');
  return `${serverPrefix(server)}__${plain}`.slice(0, NAME_CHARS);
}

/** The names that more than one of `names` goes by. */
export function repeated(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) (seen.has(name) ? twice : seen).add(name);
  return twice;
}
