/**
 * `openclaw cron`: making, changing and removing what the agent is to do later.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { CronJob, MethodParams } from '@portcullis/protocol';

import type { CommandHandler, Input, Invocation } from '../../command.ts';
import { invalidValue, seeHelp } from '../../parse/fault.ts';
import { formatInstant } from '../../terminal/time.ts';
import { whenOf } from './look.ts';
import { withOperator } from '../operator-session.ts';

type Draft = MethodParams<'cron.add'>;
type Change = MethodParams<'cron.update'>['patch'];

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `openclaw cron add`. */
export const addJob: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input } = invocation;
    const { schedule, payload, ...rest } = jobOf(input, 'cron add');
    if (schedule === undefined) throw missing('one of --at, --every and --cron', 'cron add');
    if (payload === undefined) throw missing('one of --message and --system-event', 'cron add');
    const agentId = input.text('agent');
    const job = await ask('cron.add', {
      ...rest,
      name: input.text('name') ?? '',
      schedule,
      payload,
      enabled: !input.flag('disabled'),
      ...(agentId === undefined ? {} : { agentId }),
    });
    tellJob(invocation, job, 'Added');
  });

/** `openclaw cron edit <id>`. */
export const editJob: CommandHandler = (invocation) => {
  const { input } = invocation;
  const name = input.text('name');
  const patch = { ...jobOf(input, 'cron edit'), ...(name === undefined ? {} : { name }) };
  if (Object.keys(patch).length === 0) throw missing('something to change', 'cron edit');
  return change(invocation, patch, 'Changed');
};

/** `openclaw cron enable <id>`. */
export const enableJob: CommandHandler = (invocation) =>
  change(invocation, { enabled: true }, 'Switched on');

/** `openclaw cron disable <id>`. */
export const disableJob: CommandHandler = (invocation) =>
  change(invocation, { enabled: false }, 'Switched off');

/** `openclaw cron rm <id>`. */
export const removeJob: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const { removed } = await ask('cron.remove', { id: input.argument('id') });
    if (json) out.json({ ok: true, removed });
    else out.line(removed ? 'Removed.' : 'There was no such job.');
    return removed ? 0 : 1;
  });

/** `openclaw cron run <id>`. */
export const runJob: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const mode = input.flag('due') ? 'due' : 'force';
    const result = await ask('cron.run', { id: input.argument('id'), mode });
    if (json) out.json(result);
    else if ('runId' in result) out.line(`Started. "openclaw cron runs" shows how it ends.`);
    else out.line(`Not started: ${result.reason}.`);
    return 'runId' in result ? 0 : 1;
  });

async function change(invocation: Invocation, patch: Change, done: string): Promise<void> {
  await withOperator(invocation, async ({ ask }) => {
    const job = await ask('cron.update', { id: invocation.input.argument('id'), patch });
    tellJob(invocation, job, done);
  });
}

function tellJob({ out, json }: Invocation, job: CronJob, done: string): void {
  if (json) {
    out.json({ ok: true, job });
    return;
  }
  out.line(`${done}: ${job.name} (${whenOf(job)})`);
  out.line(`Id:       ${job.id}`);
  const next = job.state.nextRunAtMs;
  out.line(`Next run: ${next === undefined ? 'none' : formatInstant(next)}`);
}

/** The parts of a job that the options give. */
function jobOf(input: Input, command: string): Change {
  const schedule = scheduleOf(input, command);
  const payload = payloadOf(input, command);
  const delivery = deliveryOf(input, command);
  const description = input.text('description');
  const missed = input.text('missed');
  const session = input.text('session');
  if (input.flag('delete-after-run') && input.flag('keep-after-run')) {
    throw clash('--delete-after-run', '--keep-after-run', command);
  }
  return {
    ...(schedule === undefined ? {} : { schedule }),
    ...(payload === undefined ? {} : { payload }),
    ...(delivery === undefined ? {} : { delivery }),
    ...(description === undefined ? {} : { description }),
    ...(missed === 'once' || missed === 'skip' ? { missed } : {}),
    ...(session === 'main' || session === 'isolated' ? { sessionTarget: session } : {}),
    ...(input.flag('delete-after-run') ? { deleteAfterRun: true } : {}),
    ...(input.flag('keep-after-run') ? { deleteAfterRun: false } : {}),
  };
}

function scheduleOf(input: Input, command: string): Draft['schedule'] | undefined {
  const name = only(input, ['at', 'every', 'cron'], command);
  const zone = input.text('tz');
  if (zone !== undefined && name !== 'cron') throw clash('--tz', `--${name ?? 'at'}`, command);
  const value = name === undefined ? '' : (input.text(name) ?? '');
  switch (name) {
    case 'at': {
      const fromNow = milliseconds(value.replace(/^\+/u, ''));
      const at = fromNow === undefined ? value : new Date(Date.now() + fromNow).toISOString();
      return { kind: 'at', at };
    }
    case 'every': {
      const everyMs = milliseconds(value);
      if (everyMs === undefined) throw invalidValue('--every', 'a duration such as 30m', command);
      return { kind: 'every', everyMs };
    }
    case 'cron':
      return { kind: 'cron', expr: value, ...(zone === undefined ? {} : { tz: zone }) };
    default:
      return undefined;
  }
}

function payloadOf(input: Input, command: string): Draft['payload'] | undefined {
  const name = only(input, ['message', 'system-event'], command);
  const tools = input.text('tools');
  if (tools !== undefined && name !== 'message') throw missing('--message with --tools', command);
  const value = name === undefined ? '' : (input.text(name) ?? '');
  if (name === undefined) return undefined;
  if (name === 'system-event') return { kind: 'systemEvent', text: value };
  const toolsAllow = tools?.split(/[\s,]+/u).filter((tool) => tool !== '');
  return {
    kind: 'agentTurn',
    message: value,
    ...(toolsAllow === undefined ? {} : { toolsAllow }),
  };
}

function deliveryOf(input: Input, command: string): Draft['delivery'] | undefined {
  const channel = input.text('channel');
  const to = input.text('to');
  const accountId = input.text('account');
  const isNamed = channel !== undefined || to !== undefined || accountId !== undefined;
  if (input.flag('no-deliver')) {
    if (isNamed || input.flag('announce'))
      throw clash('--no-deliver', '--announce or --to', command);
    return { mode: 'none' };
  }
  if (!isNamed && !input.flag('announce')) return undefined;
  return {
    mode: 'announce',
    ...(channel === undefined ? {} : { channel }),
    ...(to === undefined ? {} : { to }),
    ...(accountId === undefined ? {} : { accountId }),
  };
}

/** The one option of `names` that was given. */
function only<T extends string>(input: Input, names: readonly T[], command: string): T | undefined {
  const [first, second] = names.filter((name) => input.text(name) !== undefined);
  if (second !== undefined) throw clash(`--${first ?? ''}`, `--${second}`, command);
  return first;
}

function milliseconds(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})(s|m|h|d|w)$/u.exec(text) ?? [];
  return unit === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS];
}

function clash(one: string, other: string, command: string): PortcullisError {
  return new PortcullisError('usage.invalid_value', `${one} cannot stand beside ${other}.`, {
    hint: seeHelp(command),
  });
}

function missing(what: string, command: string): PortcullisError {
  return new PortcullisError('usage.missing', `"openclaw ${command}" needs ${what}.`, {
    hint: seeHelp(command),
  });
}
