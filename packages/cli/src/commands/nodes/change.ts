/**
 * `openclaw nodes`: approvals of other machines, and commands for them.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import { PortcullisError } from '@portcullis/core';
import type { NodeRequest } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';
import { findNode, nameOf } from './find.ts';

async function findRequest({ input }: Invocation, { ask }: OperatorSession): Promise<NodeRequest> {
  const requestId = input.argument('request');
  const { pending } = await ask('node.pair.list', {});
  const found = pending.find((each) => each.requestId === requestId);
  if (found !== undefined) return found;
  const devices = await ask('device.pair.list', {});
  const isDevice = devices.pending.some((each) => each.requestId === requestId);
  throw new PortcullisError('node.unknown_request', `There is no offer ${quote(requestId)}.`, {
    hint: isDevice
      ? `The machine itself is not let in yet: openclaw devices approve ${requestId}`
      : 'Requests expire. "openclaw nodes pending" shows those that count.',
  });
}

async function confirmOffer({ input, doors }: Invocation, request: NodeRequest): Promise<void> {
  if (input.flag('yes')) return;
  const offered = request.commands.length === 0 ? 'no commands' : request.commands.join(' ');
  if (await doors.confirm(`Let ${nameOf(request)} be asked for ${offered}?`)) return;
  throw new PortcullisError('usage.declined', 'Nothing was approved.', {
    hint: '"openclaw nodes reject" refuses it for good.',
  });
}

/** `openclaw nodes approve <request>`. */
export const approveNode: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const request = await findRequest(invocation, session);
    await confirmOffer(invocation, request);
    const { requestId } = request;
    const { node } = await session.ask('node.pair.approve', { requestId });
    if (json) out.json({ ok: true, requestId, node });
    else out.line(`${nameOf(node)} is approved: ${node.commands.join(' ') || 'no commands'}.`);
  });

/** `openclaw nodes reject <request>`. */
export const rejectNode: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const request = await findRequest(invocation, session);
    const { requestId, nodeId } = request;
    await session.ask('node.pair.reject', { requestId });
    if (json) out.json({ ok: true, requestId, nodeId });
    else out.line(`What ${nameOf(request)} offers was refused.`);
  });

/** `openclaw nodes remove --node <node>`. */
export const removeNode: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const node = await findNode(invocation, session);
    const { nodeId } = node;
    await session.ask('node.pair.remove', { nodeId });
    if (json) out.json({ ok: true, nodeId });
    else out.line(`${nameOf(node)} is no longer a node.`);
  });

/** `openclaw nodes rename --node <node> --name <name>`. */
export const renameNode: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { input, out, json } = invocation;
    const { nodeId } = await findNode(invocation, session);
    const displayName = input.text('name') ?? '';
    await session.ask('node.rename', { nodeId, displayName });
    if (json) out.json({ ok: true, nodeId, displayName });
    else out.line(`It is called ${displayName} now.`);
  });

/** The parameters of a command, as JSON from the command line or standard input. */
async function paramsOf({ input, doors }: Invocation): Promise<Record<string, never>> {
  const given = input.text('params');
  if (given === undefined) return {};
  const text = given === '-' ? await doors.readInput() : given;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      // The gateway checks every member.
      return value as Record<string, never>;
    }
  } catch {
    // Told below.
  }
  throw new PortcullisError('usage.invalid_value', '--params is no JSON object.', {
    hint: `For example: --params '{"bins":["git"]}'`,
  });
}

/** `openclaw nodes invoke --node <node> --command <command>`. */
export const invokeNode: CommandHandler = (invocation) =>
  withOperator(
    invocation,
    async (session) => {
      const { input, out, json } = invocation;
      const params = await paramsOf(invocation);
      const { nodeId } = await findNode(invocation, session);
      const timeoutMs = input.count('invoke-timeout');
      const answer = await session.ask('node.invoke', {
        nodeId,
        command: input.text('command') ?? '',
        params,
        idempotencyKey: input.text('idempotency-key') ?? randomUUID(),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      if (json) out.json({ ...answer });
      else out.line(JSON.stringify(answer.payload, null, 2));
    },
    { live: true },
  );
