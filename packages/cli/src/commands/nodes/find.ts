/**
 * Which node a command is about.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { Node } from '@portcullis/protocol';

import type { Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import type { OperatorSession } from '../operator-session.ts';

/** Fewest characters of an id that can stand for the whole. */
const SHORTEST_ID = 8;
/** Enough of a node's id to tell it from others. */
const SHOWN_ID = 16;

/** A node in few words. */
export function nameOf({
  displayName,
  nodeId,
}: {
  readonly displayName?: string | undefined;
  readonly nodeId: string;
}): string {
  const short = nodeId.slice(0, SHOWN_ID);
  return displayName === undefined ? short : `${displayName} (${short})`;
}

/**
 * The node `--node` names. A name is not enough: a node gives itself its name.
 *
 * @throws PortcullisError `node.unknown`.
 */
export async function findNode({ input }: Invocation, { ask }: OperatorSession): Promise<Node> {
  const wanted = input.text('node') ?? '';
  const { nodes } = await ask('node.list', {});
  const exact = nodes.find(({ nodeId }) => nodeId === wanted);
  const fitting =
    wanted.length < SHORTEST_ID ? [] : nodes.filter(({ nodeId }) => nodeId.startsWith(wanted));
  const found = exact ?? (fitting.length === 1 ? fitting[0] : undefined);
  if (found !== undefined) return found;
  throw new PortcullisError('node.unknown', `There is no node ${quote(wanted)}.`, {
    hint: 'Give its id, or at least 8 characters of its beginning; "openclaw nodes list" shows all.',
  });
}
