/**
 * Looking at other sessions. Whoever reads one knows from then on what it knows.
 *
 * @module
 */
import type {
  ReachableAgent,
  SessionHistory,
  SessionInfo,
  SessionMessage,
  SessionsBroker,
} from '@portcullis/core';
import {
  type FlowLabel,
  bottomLabel,
  conversationClass,
  joinLabels,
} from '@portcullis/policy/flow';

import { textHash } from '../../audit/journal.ts';
import type { InboxRun } from '../../intake/inbox.ts';
import type { Kernel } from '../../kernel.ts';
import type { TranscriptMessage } from '../../services.ts';
import { noSession } from '../../session/missing.ts';
import {
  type ActiveRuns,
  type SessionRow,
  isMain,
  readMessages,
  readSession,
  sessionsTable,
} from '../../session/sessions.ts';
import type { Effect, EffectFacts, EffectGate } from '../effect.ts';
import { labelOf } from '../session-flow.ts';
import { type Target, decideReachable, decideVisible, hiding } from './visibility.ts';

const LISTED = { usual: 50, most: 200, looked: 10_000 } as const;
const TOLD = { usual: 20, most: 100, looked: 1000 } as const;
/** Most UTF-16 units of one message. */
const MESSAGE_CHARS = 8000;

/** What looking needs. */
interface Sight {
  readonly kernel: Kernel;
  readonly gate: EffectGate;
  readonly runs: Pick<ActiveRuns, 'active'>;
}

/** The part of the broker that only looks. */
export function looking(
  kernel: Kernel,
  gate: EffectGate,
  runs: Pick<ActiveRuns, 'active'>,
): Pick<SessionsBroker, 'list' | 'history' | 'status' | 'agents'> {
  const sight: Sight = { kernel, gate, runs };
  const { run } = gate.site;
  return {
    list: (options = {}) => list(sight, options),
    history: (key, options = {}) => hiding(() => history(sight, key, options)),
    status: (key = run.sessionKey) => hiding(() => status(sight, key)),
    agents: async () =>
      await gate.perform({
        kind: 'sessions',
        action: 'agents',
        facts: {},
        subject: {},
        decide: async () => [decideReachable(kernel, run, run.agentId)],
        act: async () => reachable(kernel, run),
        outcome: (found) => ({ agents: found.length }),
      }),
  };
}

async function list(
  { kernel, gate, runs }: Sight,
  { limit, agentId }: NonNullable<Parameters<SessionsBroker['list']>[0]>,
): ReturnType<SessionsBroker['list']> {
  const { run, flow } = gate.site;
  return await gate.perform({
    kind: 'sessions',
    action: 'list',
    facts: {},
    subject: {},
    decide: async () => [decideVisible(kernel, run, await targetOf(kernel, run.sessionKey))],
    act: async () => {
      const rows = await newestSessions(kernel);
      const seen = rows.filter(
        (row) =>
          (agentId === undefined || row.agentId === agentId) &&
          decideVisible(kernel, run, row).effect === 'allow',
      );
      const shown = seen.slice(0, bounded(limit, LISTED));
      // A title was written by somebody who knew what its session knew.
      const labels = shown.filter(({ label }) => label !== undefined).map(labelOf);
      if (labels.length > 0) {
        await flow.learn({ from: 'owner', stored: labels.reduce(joinLabels, bottomLabel) });
      }
      const sessions = shown.map((row) => describe(kernel, row, runs, run.sessionKey));
      return { sessions, more: seen.length > shown.length };
    },
    outcome: ({ sessions }) => ({ sessions: sessions.length }),
  });
}

async function history(
  { kernel, gate, runs }: Sight,
  key: string,
  options: NonNullable<Parameters<SessionsBroker['history']>[1]>,
): Promise<SessionHistory> {
  const { run, flow } = gate.site;
  return await gate.perform({
    ...(await aboutSession(kernel, run, key)),
    action: 'history',
    act: async (): Promise<SessionHistory> => {
      const read = await readTail(kernel, key);
      if (read === undefined) throw noSession();
      const classes = key === run.sessionKey ? [] : [conversationClass(key)];
      await flow.learn({ from: 'owner', classes, stored: read.label });
      const told = read.messages.flatMap((message) => tell(message, options.tools === true));
      const messages = told.slice(-bounded(options.limit, TOLD));
      const more = told.length > messages.length || read.older;
      return { session: describe(kernel, read.row, runs, run.sessionKey), messages, more };
    },
    outcome: ({ messages }) => ({ messages: messages.length }),
  });
}

async function status({ kernel, gate, runs }: Sight, key: string): Promise<SessionInfo> {
  const { run, flow } = gate.site;
  return await gate.perform({
    ...(await aboutSession(kernel, run, key)),
    action: 'status',
    act: async () => {
      const row = await targetOf(kernel, key);
      if (!('agentId' in row)) throw noSession();
      if (row.label !== undefined) await flow.learn({ from: 'owner', stored: labelOf(row) });
      return describe(kernel, row, runs, run.sessionKey);
    },
  });
}

/** What all effects on one session have in common. */
async function aboutSession(
  kernel: Kernel,
  run: InboxRun,
  key: string,
): Promise<Pick<Effect<unknown>, 'kind' | 'facts' | 'subject' | 'decide'>> {
  return {
    kind: 'sessions',
    facts: factsOf(await targetOf(kernel, key)),
    subject: { session: key },
    decide: async () => [decideVisible(kernel, run, await targetOf(kernel, key))],
  };
}

/** A session as it is stored, or the key of none. */
export async function targetOf(kernel: Kernel, key: string): Promise<Target> {
  return (await kernel.store.transact((tx) => readSession(tx, key))) ?? { key };
}

/** What the audit log keeps of a target: its key where it is one, for a key is otherwise any text. */
export function factsOf(target: Target): EffectFacts {
  return 'agentId' in target ? { target: target.key } : { targetHash: textHash(target.key) };
}

async function newestSessions(kernel: Kernel): Promise<readonly SessionRow[]> {
  const rows = await kernel.store.transact((tx) =>
    tx.find(sessionsTable, { index: 'byUpdated', reverse: true, limit: LISTED.looked }),
  );
  return rows.map(({ value }) => value);
}

interface Tail {
  readonly row: SessionRow;
  readonly label: FlowLabel;
  readonly messages: readonly TranscriptMessage[];
  readonly older: boolean;
}

/** The end of a transcript together with what its session knew by then. */
async function readTail(kernel: Kernel, key: string): Promise<Tail | undefined> {
  return await kernel.store.transact(async (tx) => {
    const row = await readSession(tx, key);
    if (row === undefined) return undefined;
    const messages = await readMessages(tx, row, { limit: TOLD.looked });
    return { row, label: labelOf(row), messages, older: (messages[0]?.seq ?? 1) > 1 };
  });
}

function tell(
  { role, content, timestamp }: TranscriptMessage,
  withTools: boolean,
): readonly SessionMessage[] {
  if (role === 'tool' && !withTools) return [];
  const pieces = content.flatMap((part) => {
    switch (part.type) {
      case 'text':
        return [part.text];
      case 'image':
        return ['[image]'];
      case 'toolCall':
        return withTools ? [`[called ${part.name} with ${JSON.stringify(part.input)}]`] : [];
      case 'toolResult':
        return [`[result of ${part.name}]\n${part.text}`];
    }
  });
  const text = pieces.join('\n');
  if (text === '') return [];
  return [{ role, text: shortened(text), at: timestamp }];
}

function shortened(text: string): string {
  if (text.length <= MESSAGE_CHARS) return text;
  const left = text.length - MESSAGE_CHARS;
  return `${text.slice(0, MESSAGE_CHARS).toWellFormed()}\n[cut: ${String(left)} more characters]`;
}

function describe(
  kernel: Kernel,
  row: SessionRow,
  runs: Pick<ActiveRuns, 'active'>,
  self: string,
): SessionInfo {
  const { key, agentId, label, createdAt, updatedAt, messageCount } = row;
  const isActive = runs.active(key).length > 0;
  return {
    key,
    agentId,
    kind: kindOf(kernel, row),
    isSelf: key === self,
    ...(label === undefined ? {} : { label }),
    status: isActive ? 'running' : row.status === 'running' ? 'idle' : row.status,
    createdAt,
    updatedAt,
    messageCount,
  };
}

function kindOf(kernel: Kernel, row: SessionRow): SessionInfo['kind'] {
  if (row.ancestors !== undefined) return 'subagent';
  if (isMain(kernel, row.key)) return 'main';
  if (row.conversation === undefined) return 'other';
  return row.conversation.kind === 'direct' ? 'direct' : 'group';
}

function reachable(kernel: Kernel, run: InboxRun): readonly ReachableAgent[] {
  return kernel
    .agents()
    .filter(({ id }) => decideReachable(kernel, run, id).effect === 'allow')
    .map(({ id, name }) => ({
      id,
      ...(name === undefined ? {} : { name }),
      isSelf: id === run.agentId,
    }))
    .toSorted((a, b) => Number(b.isSelf) - Number(a.isSelf));
}

function bounded(
  wanted: number | undefined,
  { usual, most }: { readonly usual: number; readonly most: number },
): number {
  return Math.min(Math.max(Math.trunc(wanted ?? usual), 1), most);
}
