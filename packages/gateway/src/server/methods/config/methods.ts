/**
 * Methods on the configuration. Nobody who calls them over a socket can set what names a program:
 * that is refused below them, where every change is made.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { MethodParams, MethodResult } from '@portcullis/protocol';

import type { ConfigChange, ConfigEntry, ConfigEntryDetail } from '../../../services.ts';
import type { Handlers, MethodContext } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { describeSchema, lookUpSchema } from './schema.ts';
import { viewCommit, viewConfig, viewProposal } from './view.ts';

/** How a change is asked for, by every method that makes one. */
interface Asked {
  readonly baseHash?: string | undefined;
  readonly confirm?: string | undefined;
  readonly why?: string | undefined;
  readonly note?: string | undefined;
}

const STALE = 'config changed since last load; re-run config.get and retry';

/** Throws a refusal in the words of the protocol. */
function rethrow(error: unknown): never {
  if (!PortcullisError.is(error)) throw error;
  const { code, message, hint, details } = error;
  const told = { reason: code, ...(hint === undefined ? {} : { hint }) };
  if (code === 'config.stale') throw invalidRequest(STALE, told);
  if (code === 'config.conflict' && !error.retryable) throw invalidRequest(STALE, told);
  if (code === 'gateway.start_refused') throw invalidRequest(message, { ...told, ...details });
  if (code !== 'config.invalid') throw error;
  const issues = Array.isArray(details?.['issues']) ? details['issues'] : [];
  const [first]: readonly unknown[] = issues;
  throw invalidRequest(`invalid config: ${sentenceOf(first) ?? message}`, { ...told, issues });
}

function sentenceOf(issue: unknown): string | undefined {
  if (typeof issue !== 'object' || issue === null) return undefined;
  const { path, message } = { path: undefined, message: undefined, ...issue };
  return `${String(path)}: ${String(message)}`;
}

async function change(
  { services: { configControl }, caller }: MethodContext,
  what: ConfigChange,
  { baseHash, confirm, why, note }: Asked,
): Promise<MethodResult<'config.set'>> {
  const { file } = configControl.state();
  if (file.exists && baseHash === undefined) {
    throw invalidRequest('config base hash required; re-run config.get and retry');
  }
  const reason = why ?? note;
  try {
    const done = await configControl.commit(caller, what, {
      ...(baseHash === undefined ? {} : { baseHash }),
      ...(confirm === undefined ? {} : { confirm }),
      ...(reason === undefined ? {} : { why: reason }),
    });
    return viewCommit(file.path, done);
  } catch (error) {
    rethrow(error);
  }
}

function previewed({
  raw,
  patch,
  rollback,
  replacePaths = [],
}: MethodParams<'config.preview'>): ConfigChange {
  const asked: ConfigChange[] = [];
  if (raw !== undefined) asked.push({ kind: 'document', raw });
  if (patch !== undefined) asked.push({ kind: 'patch', raw: patch, replacePaths });
  if (rollback !== undefined) asked.push({ kind: 'rollback', to: rollback });
  const [only] = asked;
  if (only === undefined || asked.length > 1) {
    throw invalidRequest('config.preview needs one of raw, patch and rollback');
  }
  return only;
}

type WireEntry = MethodResult<'config.history'>['entries'][number];

function toWire(entry: ConfigEntry): WireEntry {
  const { changed, opens, closes, ...rest } = entry;
  return { ...rest, changed: [...changed], opens: [...opens], closes: [...closes] };
}

function toWireDetail(entry: ConfigEntryDetail): MethodResult<'config.history.get'>['entry'] {
  const { beforeText, afterText, ...rest } = entry;
  return {
    ...toWire(rest),
    ...(beforeText === undefined ? {} : { beforeText }),
    ...(afterText === undefined ? {} : { afterText }),
  };
}

/** Methods that change the configuration, or work a change out. */
export const configWriters: Handlers<
  'config.set' | 'config.patch' | 'config.apply' | 'config.preview' | 'config.rollback'
> = {
  'config.set': ({ raw, ...asked }, context) => change(context, { kind: 'document', raw }, asked),
  'config.apply': ({ raw, ...asked }, context) => change(context, { kind: 'document', raw }, asked),
  'config.patch': ({ raw, replacePaths = [], ...asked }, context) =>
    change(context, { kind: 'patch', raw, replacePaths }, asked),
  'config.rollback': ({ id, ...asked }, context) =>
    change(context, { kind: 'rollback', to: id }, asked),
  'config.preview': async (params, { services: { configControl }, caller }) => {
    const { baseHash } = params;
    try {
      const options = baseHash === undefined ? {} : { baseHash };
      const proposal = await configControl.propose(caller, previewed(params), options);
      return viewProposal(configControl.state().file.path, proposal);
    } catch (error) {
      rethrow(error);
    }
  },
};

/** Methods that show the configuration. */
export const configReaders: Handlers<
  'config.get' | 'config.history' | 'config.history.get' | 'config.schema' | 'config.schema.lookup'
> = {
  'config.get': (_params, { services }) => viewConfig(services.configControl.state()),
  'config.history': async ({ limit, before }, { services }) => {
    const entries = await services.configControl.history({
      ...(limit === undefined ? {} : { limit }),
      ...(before === undefined ? {} : { before }),
    });
    return { entries: entries.map(toWire) };
  },
  'config.history.get': async ({ id }, { services }) => ({
    entry: toWireDetail(await services.configControl.entry(id)),
  }),
  'config.schema': (_params, { services, plane }) =>
    plane.answers.get('config.schema', SCHEMA_MS, async () => describeSchema(services.version)),
  'config.schema.lookup': ({ path }) => lookUpSchema(path),
};

/** The schema of one version never changes. */
const SCHEMA_MS = 60_000;
