/**
 * People who ask to write to the agent, and the decision about each.
 *
 * @module
 */
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';

import type { Pairing, PairingRequest } from '../state/pairing.ts';
import { useCell } from './use-cell.ts';
import { VerdictBar } from './verdict-bar.tsx';

/** Pending requests. Nothing at all while there are none, or this browser may not see them. */
export function PairingList({ pairing }: { readonly pairing: Pairing }): JSX.Element | null {
  const waiting = useCell(pairing.waiting);
  if (waiting === undefined || waiting.requests.length === 0) return null;
  return (
    <section class="pairing" aria-labelledby="pairing-title">
      <div class="panel-head">
        <h2 id="pairing-title">Waiting to be let in</h2>
      </div>
      <ul>
        {waiting.requests.map((request) => (
          <Request
            key={`${request.channel}:${request.accountId}:${request.requestId}`}
            request={request}
            pairing={pairing}
            offersOwner={waiting.ownerMissing}
          />
        ))}
      </ul>
    </section>
  );
}

interface RequestProps {
  readonly request: PairingRequest;
  readonly pairing: Pairing;
  readonly offersOwner: boolean;
}

function Request({ request, pairing, offersOwner }: RequestProps): JSX.Element {
  const { channelLabel, senderId, senderLabel, requestId } = request;
  const id = useId();
  const [asOwner, setAsOwner] = useState(false);
  return (
    <li class="request">
      <p id={id}>
        <strong>{senderLabel}</strong> on {channelLabel}
      </p>
      <p class="hint">
        {senderLabel !== senderId && (
          <>
            Id <code>{senderId}</code>.{' '}
          </>
        )}
        Code <code>{requestId}</code>: compare it with the person before you approve.
      </p>
      {offersOwner && (
        <label class="check">
          <input
            type="checkbox"
            checked={asOwner}
            onChange={({ currentTarget }) => setAsOwner(currentTarget.checked)}
          />
          This is me: make this account the owner
        </label>
      )}
      <VerdictBar
        about={id}
        yes={{ label: 'Approve', give: () => pairing.approve(request, asOwner) }}
        no={{ label: 'Reject', give: () => pairing.dismiss(request) }}
      />
    </li>
  );
}
