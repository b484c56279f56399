/**
 * Scheduled jobs, as the commands that make them anew. A job here has the rights of whoever makes
 * it, so nobody else can bring one along.
 *
 * @module
 */
import type { TheirDatabase } from './database.ts';
import { type Source, readSource } from './source.ts';

/** A job that was found. */
export interface TheirJob {
  readonly name: string;
  readonly enabled: boolean;
  /** Makes it here; undefined where it cannot be made. */
  readonly command: string | undefined;
  /** Why there is no command. */
  readonly why: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Jobs of the database and of the file before it, each once. OpenClaw's own upkeep is left out. */
export function findJobs(source: Source, database: TheirDatabase): readonly TheirJob[] {
  const stored = database.kind === 'read' ? database.jobs.map(parse) : [];
  const file = readSource(source, 'cron/jobs.json');
  const body = file.kind === 'text' ? fields(parse(file.text)) : {};
  const written: readonly unknown[] = Array.isArray(body['jobs']) ? body['jobs'] : [];
  const byId = new Map<string, Fields>();
  for (const job of [...written, ...stored].map(fields)) {
    if (typeof job['declarationKey'] !== 'string') byId.set(String(job['id'] ?? byId.size), job);
  }
  return [...byId.values()].map(describe);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function describe(job: Fields): TheirJob {
  const name = typeof job['name'] === 'string' && job['name'] !== '' ? job['name'] : 'unnamed';
  const enabled = job['enabled'] !== false;
  const schedule = scheduleOf(fields(job['schedule']));
  const payload = payloadOf(fields(job['payload']));
  if (typeof schedule === 'string' || typeof payload === 'string') {
    const why = [schedule, payload].filter((each) => typeof each === 'string').join('; ');
    return { name, enabled, command: undefined, why };
  }
  const agent = typeof job['agentId'] === 'string' ? ['--agent', job['agentId']] : [];
  const off = enabled ? [] : ['--disabled'];
  const delivery = deliveryOf(fields(job['delivery']));
  const words = ['--name', name, ...schedule, ...payload, ...delivery, ...agent, ...off];
  return {
    name,
    enabled,
    command: `openclaw cron add ${words.map(quoted).join(' ')}`,
    why: undefined,
  };
}

/** Options that say when; a text says why there are none. */
function scheduleOf(schedule: Fields): readonly string[] | string {
  const { kind, expr, tz, everyMs, at, atMs } = schedule;
  if (kind === 'cron' && typeof expr === 'string') {
    return ['--cron', expr, ...(typeof tz === 'string' && tz !== '' ? ['--tz', tz] : [])];
  }
  if (kind === 'every' && typeof everyMs === 'number' && everyMs >= 60_000) {
    return ['--every', `${Math.round(everyMs / 60_000)}m`];
  }
  if (kind === 'at') {
    const time = typeof at === 'string' ? Date.parse(at) : atMs;
    if (typeof time === 'number' && Number.isFinite(time)) {
      return ['--at', new Date(time).toISOString()];
    }
  }
  return `its schedule (${String(kind)}) has no counterpart here`;
}

function payloadOf({ kind, message, text }: Fields): readonly string[] | string {
  if (kind === 'agentTurn' && typeof message === 'string') return ['--message', message];
  if (kind === 'systemEvent' && typeof text === 'string') return ['--system-event', text];
  return `what it does (${String(kind)}) has no counterpart here`;
}

function deliveryOf({ mode, channel, to, accountId }: Fields): readonly string[] {
  if (mode === 'none') return ['--no-deliver'];
  if (typeof channel !== 'string' || typeof to !== 'string') return [];
  const account = typeof accountId === 'string' ? ['--account', accountId] : [];
  return ['--channel', channel, '--to', to, ...account];
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
