/**
 * What stands around the chat: sessions, channels and the model.
 *
 * @module
 */
import type { MethodResult, SessionRow } from '@portcullis/protocol';

import type { Connection } from '../wire/connection.ts';
import { type Cell, createCell } from './cell.ts';

/** One chat network as the status line shows it. */
interface ChannelLight {
  readonly id: string;
  readonly label: string;
  readonly state: 'connected' | 'trouble' | 'off';
  /** Why it is in trouble. */
  readonly problem?: string;
}

/** Everything around the chat. */
export interface Overview {
  readonly sessions: Cell<readonly SessionRow[]>;
  readonly channels: Cell<readonly ChannelLight[]>;
  /** Name of the model in use. */
  readonly model: Cell<string | undefined>;
  /** Reads everything anew. */
  refresh(): Promise<void>;
  refreshSessions(): Promise<void>;
}

/** Makes the overview of a page. */
export function createOverview(connection: Pick<Connection, 'request'>): Overview {
  const sessions = createCell<readonly SessionRow[]>([]);
  const channels = createCell<readonly ChannelLight[]>([]);
  const model = createCell<string | undefined>(undefined);

  const refreshSessions = async (): Promise<void> => {
    const answer = await connection.request('sessions.list', { limit: 100 });
    if (answer.ok) sessions.set(answer.payload.sessions);
  };

  const refreshChannels = async (): Promise<void> => {
    const answer = await connection.request('channels.status', {});
    if (answer.ok) channels.set(toLights(answer.payload));
  };

  const refreshModel = async (): Promise<void> => {
    const answer = await connection.request('models.list', {});
    if (!answer.ok) return;
    const { models } = answer.payload;
    const used = models.find(({ tags }) => tags?.includes('default')) ?? models[0];
    model.set(used?.id.includes('/') === true ? used.id : used?.name);
  };

  return {
    sessions,
    channels,
    model,
    refreshSessions,
    async refresh() {
      await Promise.all([refreshSessions(), refreshChannels(), refreshModel()]);
    },
  };
}

function toLights(status: MethodResult<'channels.status'>): readonly ChannelLight[] {
  return status.channelOrder.map((id) => {
    const accounts = Object.hasOwn(status.channelAccounts, id)
      ? (status.channelAccounts[id] ?? [])
      : [];
    const label = Object.hasOwn(status.channelLabels, id) ? status.channelLabels[id] : undefined;
    const used = accounts.filter(({ enabled, configured }) => enabled && configured);
    const problem = used.find(({ lastError }) => lastError !== null)?.lastError ?? undefined;
    const connected = used.length > 0 && used.every((account) => account.connected);
    return {
      id,
      label: label ?? id,
      state: used.length === 0 ? 'off' : connected ? 'connected' : 'trouble',
      ...(problem === undefined || connected ? {} : { problem }),
    };
  });
}
