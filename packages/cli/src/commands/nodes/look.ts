/**
 * `openclaw nodes`: other machines that offer commands, looked at.
 *
 * @module
 */
import type { Node, NodeRequest } from '@portcullis/protocol';

import type { CommandHandler } from '../../command.ts';
import type { Output } from '../../terminal/output.ts';
import { formatInstant } from '../../terminal/time.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';
import { findNode, nameOf } from './find.ts';

/** Devices that want to be nodes and are not paired: they come before any offer. */
async function knocking({ ask }: OperatorSession) {
  const { pending } = await ask('device.pair.list', {});
  return pending.filter(({ role }) => role === 'node');
}

function stateOf({ connected, approvalState }: Node): string {
  const there = connected ? 'connected' : 'away';
  return approvalState === 'approved' ? there : `${there}, waits for an approval`;
}

function printNodes(out: Output, nodes: readonly Node[]): void {
  if (nodes.length === 0) {
    out.line('No nodes.');
    return;
  }
  out.table(
    ['NODE', 'NAME', 'STATE', 'SEEN', 'MAY BE ASKED FOR'],
    nodes.map((node) => [
      node.nodeId,
      node.displayName ?? '',
      stateOf(node),
      formatInstant(node.lastSeenAtMs ?? 0),
      node.commands.join(' '),
    ]),
  );
}

function printPending(out: Output, pending: readonly NodeRequest[]): void {
  if (pending.length === 0) {
    out.line('Nothing waits for an approval.');
    return;
  }
  out.table(
    ['REQUEST', 'NODE', 'SINCE', 'OFFERS', 'TAKES'],
    pending.map((each) => [
      each.requestId,
      nameOf(each),
      formatInstant(each.ts),
      each.commands.join(' '),
      each.requiredApproveScopes.join(' '),
    ]),
  );
}

/** Says what has to be done before a node can offer anything. */
async function printKnocking(out: Output, session: OperatorSession): Promise<void> {
  for (const { requestId } of await knocking(session)) {
    out.line(`A machine asks to be let in as a node: openclaw devices approve ${requestId}`);
  }
}

/** `openclaw nodes list`. */
export const listNodes: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const { nodes } = await session.ask('node.list', {});
    const { pending } = await session.ask('node.pair.list', {});
    if (json) {
      out.json({ ok: true, nodes, pending });
      return;
    }
    printNodes(out, nodes);
    if (pending.length > 0) {
      out.line();
      out.line(`Waiting for an approval (${String(pending.length)}):`);
      printPending(out, pending);
    }
    await printKnocking(out, session);
  });

/** `openclaw nodes status`. */
export const showNodes: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const { nodes, ts } = await ask('node.list', {});
    const shown = input.flag('connected') ? nodes.filter(({ connected }) => connected) : nodes;
    if (json) out.json({ ok: true, ts, nodes: shown });
    else printNodes(out, shown);
  });

/** `openclaw nodes pending`. */
export const listPending: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const { pending } = await session.ask('node.pair.list', {});
    if (json) {
      out.json({ ok: true, pending });
      return;
    }
    printPending(out, pending);
    await printKnocking(out, session);
  });

/** `openclaw nodes describe --node <node>`. */
export const describeNode: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const { nodeId } = await findNode(invocation, session);
    const { ts, ...node } = await session.ask('node.describe', { nodeId });
    if (json) {
      out.json({ ok: true, ts, node });
      return;
    }
    const rows: readonly (readonly [string, string])[] = [
      ['id', node.nodeId],
      ['name', node.displayName ?? ''],
      ['state', stateOf(node)],
      ['platform', [node.platform, node.deviceFamily, node.version].filter(Boolean).join(' ')],
      ['client', [node.clientId, node.clientMode].filter(Boolean).join(' ')],
      ['last seen', formatInstant(node.lastSeenAtMs ?? 0)],
      ['approved', node.approvedAtMs === undefined ? '' : formatInstant(node.approvedAtMs)],
      ['commands', node.commands.join(' ')],
      ['caps', node.caps.join(' ')],
      ['waits for', (node.pendingDeclaredCommands ?? []).join(' ')],
      ['request', node.pendingRequestId ?? ''],
    ];
    out.table(
      ['', ''],
      rows.filter(([, value]) => value !== '').map((row) => [...row]),
    );
  });
