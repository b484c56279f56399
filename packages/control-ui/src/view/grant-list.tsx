/**
 * What is allowed for good, and taking it back.
 *
 * @module
 */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import type { Approvals, Grant } from '../state/approvals.ts';
import { spelled, unhidden } from './unhidden.ts';
import { useAnswer } from './use-answer.ts';
import { useCell } from './use-cell.ts';

/** Grants, folded up. Nothing at all while there are none. */
export function GrantList({ approvals }: { readonly approvals: Approvals }): JSX.Element | null {
  const granted = useCell(approvals.granted);
  if (granted.length === 0) return null;
  return (
    <details class="grants">
      <summary>Allowed for good ({granted.length})</summary>
      <ul>
        {granted.map((grant) => (
          <Entry key={grant.grantId} grant={grant} approvals={approvals} />
        ))}
      </ul>
    </details>
  );
}

interface EntryProps {
  readonly grant: Grant;
  readonly approvals: Approvals;
}

function Entry({ grant, approvals }: EntryProps): JSX.Element {
  const { effect, subject, agentId, sessionKey, kind, createdBy, createdAtMs, useCount } = grant;
  const about = useId();
  const { busy, problem, answer } = useAnswer(undefined);
  return (
    <li class="request">
      <p id={about}>
        <strong>{unhidden(effect)}</strong> for agent <code>{unhidden(agentId)}</code>
        {kind === 'flow' && (
          <>
            {' '}
            in <code>{unhidden(sessionKey)}</code>
          </>
        )}
      </p>
      <pre class="subject">{spelled(subject)}</pre>
      <p class="hint">
        Allowed by <code>{unhidden(createdBy)}</code> on{' '}
        {new Date(createdAtMs).toLocaleDateString()}, used {useCount} times.
      </p>
      <div class="request-bar">
        <button
          type="button"
          class="quiet"
          disabled={busy}
          aria-describedby={about}
          onClick={() => void answer(() => approvals.revoke(grant))}
        >
          Revoke
        </button>
      </div>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </li>
  );
}
