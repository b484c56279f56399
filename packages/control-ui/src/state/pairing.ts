/**
 * People waiting to be let in, and the decision about each.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { Connection } from '../wire/connection.ts';
import { type Cell, createCell } from './cell.ts';

/** Somebody who asks to write to us. */
export type PairingRequest = MethodResult<'channels.pairing.list'>['requests'][number];

/** Who waits, and whether approving one may also name the owner. */
interface Waiting {
  readonly requests: readonly PairingRequest[];
  readonly ownerMissing: boolean;
}

/** The pairing requests of the gateway. */
export interface Pairing {
  /** Undefined while this browser may not see them. */
  readonly waiting: Cell<Waiting | undefined>;
  /** Reads them anew, where the rights allow it. */
  refresh(scopes: readonly string[]): Promise<void>;
  /** Lets somebody in. Resolves with what went wrong, if anything did. */
  approve(request: PairingRequest, asOwner: boolean): Promise<string | undefined>;
  /** Refuses somebody. Resolves as {@link Pairing.approve}. */
  dismiss(request: PairingRequest): Promise<string | undefined>;
}

/** Makes the pairing requests of a page. */
export function createPairing(connection: Pick<Connection, 'request'>): Pairing {
  const waiting = createCell<Waiting | undefined>(undefined);

  const forget = ({ requestId }: PairingRequest): void => {
    waiting.update(
      (value) =>
        value && {
          ...value,
          requests: value.requests.filter((each) => each.requestId !== requestId),
        },
    );
  };

  return {
    waiting,
    async refresh(scopes) {
      if (!scopes.includes('operator.pairing') && !scopes.includes('operator.admin')) {
        waiting.set(undefined);
        return;
      }
      const answer = await connection.request('channels.pairing.list', {});
      if (!answer.ok) return;
      const { requests, commandOwnerConfigured } = answer.payload;
      const ownerMissing = !commandOwnerConfigured && scopes.includes('operator.admin');
      waiting.set({ requests, ownerMissing });
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
