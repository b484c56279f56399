/**
 * What stands around the chat: sessions, channels, the model, and people waiting to be let in.
 *
 * @module
 */
import type { MethodResult, SessionRow } from '@portcullis/protocol';

import type { Connection } from '../wire/connection.ts';
import { type Cell, createCell } from './cell.ts';

/** Somebody who asks to write to us. */
export type PairingRequest = MethodResult<'channels.pairing.list'>['requests'][number];

/** One chat network as the status line shows it. */
export interface ChannelLight {
  readonly id: string;
  readonly label: string;
  readonly state: 'connected' | 'trouble' | 'off';
  /** Why it is in trouble. */
  readonly problem?: string;
}

/** Pairing requests, and whether approving one may also name the owner. */
export interface Pairing {
  readonly requests: readonly PairingRequest[];
  readonly ownerMissing: boolean;
}

/** Everything around the chat. */
export interface Overview {
  readonly sessions: Cell<readonly SessionRow[]>;
  readonly channels: Cell<readonly ChannelLight[]>;
  /** Name of the model in use. */
  readonly model: Cell<string | undefined>;
  /** Undefined while this browser may not see them. */
  readonly pairing: Cell<Pairing | undefined>;
  /** Reads everything anew. */
  refresh(scopes: readonly string[]): Promise<void>;
  refreshSessions(): Promise<void>;
  /** Lets somebody in. Resolves with what went wrong, if anything did. */
  approve(request: PairingRequest, asOwner: boolean): Promise<string | undefined>;
  dismiss(request: PairingRequest): Promise<string | undefined>;
}

/** Makes the overview of a page. */
export function createOverview(connection: Pick<Connection, 'request'>): Overview {
  const sessions = createCell<readonly SessionRow[]>([]);
  const channels = createCell<readonly ChannelLight[]>([]);
  const model = createCell<string | undefined>(undefined);
  const pairing = createCell<Pairing | undefined>(undefined);

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
    model.set((models.find(({ tags }) => tags?.includes('default')) ?? models[0])?.name);
  };

  const refreshPairing = async (scopes: readonly string[]): Promise<void> => {
    if (!scopes.includes('operator.pairing') && !scopes.includes('operator.admin')) {
      pairing.set(undefined);
      return;
    }
    const answer = await connection.request('channels.pairing.list', {});
    if (!answer.ok) return;
    const { requests, commandOwnerConfigured } = answer.payload;
    const ownerMissing = !commandOwnerConfigured && scopes.includes('operator.admin');
    pairing.set({ requests, ownerMissing });
  };

  const forget = (request: PairingRequest): void => {
    pairing.update(
      (value) =>
        value && {
          ...value,
          requests: value.requests.filter((each) => each.requestId !== request.requestId),
        },
    );
  };

  return {
    sessions,
    channels,
    model,
    pairing,
    refreshSessions,
    async refresh(scopes) {
      await Promise.all([
        refreshSessions(),
        refreshChannels(),
        refreshModel(),
        refreshPairing(scopes),
      ]);
    },
    async approve(request, asOwner) {
      const { channel, accountId, requestId } = request;
      const answer = await connection.request('channels.pairing.approve', {
        channel,
        accountId,
        requestId,
        ...(asOwner ? { bootstrapCommandOwner: true } : {}),
      });
      if (!answer.ok) return answer.error.message;
      forget(request);
      return undefined;
    },
    async dismiss(request) {
      const { channel, accountId, requestId } = request;
      const answer = await connection.request('channels.pairing.dismiss', {
        channel,
        accountId,
        requestId,
      });
      if (!answer.ok) return answer.error.message;
      forget(request);
      return undefined;
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
