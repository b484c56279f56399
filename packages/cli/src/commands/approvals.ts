/**
 * `openclaw approvals`: what the agent may only do once somebody allows it, and the answer.
 *
 * What would happen is printed whole, as JSON that means the same and holds nothing a terminal acts
 * on or hides, before it is allowed.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { Approval, MethodResult } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../command.ts';
import { quote } from '../parse/fault.ts';
import { formatDuration, formatInstant } from '../terminal/time.ts';
import { type OperatorSession, withOperator } from './operator-session.ts';

/** `openclaw approvals list`. */
export const listApprovals: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json } = invocation;
    const waiting = await ask('exec.approval.list', {});
    if (json) {
      out.json({ ok: true, approvals: waiting });
      return;
    }
    if (waiting.length === 0) {
      out.line('Nothing waits for an answer.');
      return;
    }
    out.table(
      ['ID', 'WOULD', 'TOOL', 'ASKED BY', 'EXPIRES IN', 'SESSION'],
      waiting.map(({ id, request, expiresAtMs }) => [
        id,
        request.act,
        request.tool,
        request.requester,
        formatDuration(expiresAtMs - Date.now()),
        request.sessionKey,
      ]),
    );
    out.note('"openclaw approvals show" prints exactly what would happen.');
  });

type Details = NonNullable<MethodResult<'approval.get'>['details']>;

/** A question with everything that is bound to its answer. */
export interface Found {
  readonly approval: Approval;
  readonly details: Details;
}

function stateOf({ approval, details }: Found): string {
  if (approval.status === 'pending') {
    return `waiting, ${formatDuration(approval.expiresAtMs - Date.now())} left`;
  }
  const by = approval.resolver === undefined ? '' : ` by ${approval.resolver.id}`;
  const at = formatInstant(approval.resolvedAtMs);
  switch (approval.status) {
    case 'allowed':
      return `allowed ${approval.decision === 'allow-always' ? 'always' : 'once'}${by} at ${at}${details.used ? ', used' : ''}`;
    case 'denied':
      return `denied${by} at ${at}`;
    case 'expired':
      return `expired at ${at}`;
    case 'cancelled':
      return approval.reason === 'changed'
        ? `void at ${at}, what would have happened changed`
        : `withdrawn at ${at}, its run was stopped`;
  }
}

/** A question with everything that is bound to its answer, a line each. */
export function questionLines(found: Found): readonly string[] {
  const { approval, details } = found;
  const { id, presentation } = approval;
  const { agentId, warningText, allowedDecisions } = presentation;
  const { tool, act, effect, code, requester, story, digest } = details;
  const session =
    approval.status === 'pending' ? approval.sourceSessionKey : approval.source.sessionKey;
  return [
    `Id:        ${id}`,
    `State:     ${stateOf(found)}`,
    `Would:     ${act} (${effect}, tool ${tool}, agent ${agentId})`,
    `Asked by:  ${requester}`,
    `Session:   ${session}`,
    `Why:       ${warningText} [${code}]`,
    ...(story === null ? [] : [`Behind it: ${story}`]),
    ...(approval.status === 'pending' ? [`Answers:   ${allowedDecisions.join(', ')}`] : []),
    `SHA-256:   ${digest}`,
  ];
}

function print({ out }: Invocation, found: Found): void {
  for (const line of questionLines(found)) out.line(line);
  out.line();
  out.line('Exactly this:');
  out.json(JSON.parse(found.details.subject));
}

async function find({ input }: Invocation, { ask }: OperatorSession): Promise<Found> {
  const id = input.argument('id');
  const { approval, details } = await ask('approval.get', { id, details: true });
  if (details !== undefined) return { approval, details };
  throw new PortcullisError('approval.undescribed', `The gateway does not describe ${quote(id)}.`, {
    hint: 'Let the gateway and this command line be of one version.',
  });
}

/** `openclaw approvals show <id>`. */
export const showApproval: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const found = await find(invocation, session);
    if (invocation.json) invocation.out.json({ ok: true, ...found });
    else print(invocation, found);
  });

type Answer = MethodResult<'exec.approval.get'>['allowedDecisions'][number];

const SAID: Readonly<Record<Answer, string>> = {
  'allow-once': 'Allowed, once.',
  'allow-always': 'Allowed, now and always. "openclaw approvals grants list" shows it.',
  deny: 'Denied.',
};

async function answer(invocation: Invocation, decision: Answer): Promise<void> {
  await withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const found = await find(invocation, session);
    const { approval, details } = found;
    const { id } = approval;
    const { digest } = details;
    const { allowedDecisions } = approval.presentation;
    const days = invocation.input.count('days');
    if (approval.status !== 'pending') {
      throw new PortcullisError('approval.over', `${quote(id)} is ${stateOf(found)}.`, {
        hint: 'The first answer counts. "openclaw approvals list" shows what waits.',
      });
    }
    if (!allowedDecisions.includes(decision)) {
      throw new PortcullisError(
        'exec.approval.decision_not_offered',
        `${quote(id)} can be answered by ${allowedDecisions.join(' or ')} only.`,
        { hint: 'Not everything can be allowed for good. Allow it once, without --always.' },
      );
    }
    if (!json) {
      print(invocation, found);
      out.line();
    }
    await session.ask('exec.approval.resolve', {
      id,
      decision,
      digest,
      ...(days === undefined ? {} : { grantExpiresInDays: days }),
    });
    if (json) out.json({ ok: true, id, decision, approval, details });
    else out.line(SAID[decision]);
  });
}

/** `openclaw approvals allow <id>`. */
export const allowApproval: CommandHandler = async (invocation) => {
  const always = invocation.input.flag('always');
  if (!always && invocation.input.count('days') !== undefined) {
    throw new PortcullisError('usage.days_without_always', '--days says how long --always lasts.', {
      hint: 'Give both, or neither.',
    });
  }
  await answer(invocation, always ? 'allow-always' : 'allow-once');
};

/** `openclaw approvals deny <id>`. */
export const denyApproval: CommandHandler = (invocation) => answer(invocation, 'deny');
