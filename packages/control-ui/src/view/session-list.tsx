/**
 * The sessions of the gateway, newest first.
 *
 * @module
 */
import type { SessionRow } from '@portcullis/protocol';
import type { JSX } from 'preact';

import { FIRST_SESSION } from '../state/conversations.ts';
import type { Control } from '../state/control.ts';
import { useCell } from './use-cell.ts';

/** Chooses the session on the page. */
export function SessionList({
  control,
  chosen,
}: {
  readonly control: Control;
  /** Called when the reader chose, so that a covering list can close. */
  chosen(): void;
}): JSX.Element {
  const rows = useCell(control.overview.sessions);
  const { sessionKey } = useCell(control.chat.conversation);
  const known = rows.some(({ key }) => key === sessionKey);
  return (
    <nav class="sessions" aria-label="Sessions">
      <div class="panel-head">
        <h2>Sessions</h2>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            control.startSession();
            chosen();
          }}
        >
          New
        </button>
      </div>
      <ul>
        {!known && sessionKey !== FIRST_SESSION && (
          <li>
            <button type="button" class="session" aria-current="true">
              <span class="session-name">New session</span>
            </button>
          </li>
        )}
        {rows.map((row) => (
          <li key={row.key}>
            <button
              type="button"
              class="session"
              aria-current={row.key === sessionKey ? 'true' : undefined}
              onClick={() => {
                control.chat.open(row.key);
                chosen();
              }}
            >
              <span class="session-name">
                {nameOf(row)}
                {row.hasActiveRun && <span class="busy"> · answering</span>}
              </span>
              <span class="session-preview">{row.lastMessagePreview ?? ''}</span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** What a person would call the session. */
export function nameOf(row: SessionRow): string {
  if (row.label !== undefined && row.label !== '') return row.label;
  if (row.displayName !== undefined && row.displayName !== '') return row.displayName;
  // `agent:main:telegram:direct:4021` and the like; the agent is the same for most people.
  const [, , ...rest] = row.key.split(':');
  return rest.join(' ') === 'main' ? 'Main' : rest.join(' · ');
}
