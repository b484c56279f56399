/**
 * Where things stand, in one line: the connection, the model, the channels.
 *
 * @module
 */
import type { JSX } from 'preact';

import type { Control } from '../state/control.ts';
import type { ConnectionState } from '../wire/connection.ts';
import { useCell } from './use-cell.ts';

const PHASE: Readonly<Record<ConnectionState['phase'], string>> = {
  connecting: 'Connecting',
  online: 'Connected',
  waiting: 'Reconnecting',
  stopped: 'Offline',
};

/** The status line. */
export function StatusLine({ control }: { readonly control: Control }): JSX.Element {
  const { phase } = useCell(control.state);
  const model = useCell(control.overview.model);
  const channels = useCell(control.overview.channels);
  return (
    <ul class="status" aria-label="Status">
      <li class={`light light-${phase === 'online' ? 'connected' : 'trouble'}`}>
        <span role="status">{PHASE[phase]}</span>
      </li>
      {model !== undefined && <li>Model: {model}</li>}
      {channels.map(({ id, label, state, problem }) => (
        <li key={id} class={`light light-${state}`} title={problem}>
          {label}: {state === 'connected' ? 'connected' : state === 'off' ? 'off' : 'not connected'}
        </li>
      ))}
    </ul>
  );
}
