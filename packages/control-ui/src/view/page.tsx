/**
 * The whole page: signing in, or the chat with everything around it.
 *
 * @module
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Control } from '../state/control.ts';
import { ApprovalList } from './approval-list.tsx';
import { GrantList } from './grant-list.tsx';
import { Composer } from './composer.tsx';
import { PairingList } from './pairing-list.tsx';
import { QuestionList } from './question-list.tsx';
import { SessionList, nameOf } from './session-list.tsx';
import { Reason, SignIn } from './sign-in.tsx';
import { StatusLine } from './status-line.tsx';
import { Transcript } from './transcript.tsx';
import { useCell } from './use-cell.ts';

/** The page. */
export function Page({ control }: { readonly control: Control }): JSX.Element {
  const state = useCell(control.state);
  const [wasOnline, setWasOnline] = useState(false);
  if (state.phase === 'online' && !wasOnline) setWasOnline(true);
  if (state.phase === 'stopped') {
    if (wasOnline) setWasOnline(false);
    return <SignIn control={control} refusal={state.refusal} />;
  }
  if (!wasOnline) {
    const refusal = state.phase === 'waiting' ? state.refusal : undefined;
    return refusal === undefined ? (
      <Connecting control={control} />
    ) : (
      <SignIn control={control} refusal={refusal} />
    );
  }
  return <Workplace control={control} />;
}

function Connecting({ control }: { readonly control: Control }): JSX.Element {
  return (
    <main class="sign-in">
      <h1>Portcullis</h1>
      <p role="status">Connecting to the gateway…</p>
      <button type="button" class="quiet" onClick={() => control.signOut()}>
        Cancel
      </button>
    </main>
  );
}

function Workplace({ control }: { readonly control: Control }): JSX.Element {
  const state = useCell(control.state);
  const people = useCell(control.pairing.waiting)?.requests.length ?? 0;
  const approvals = useCell(control.approvals.waiting)?.length ?? 0;
  const questions = useCell(control.questions.waiting)?.length ?? 0;
  const waiting = people + approvals + questions;
  const [open, setOpen] = useState(false);
  return (
    <div class={`workplace ${open ? 'workplace-open' : ''}`}>
      <a class="skip" href="#draft">
        Skip to the message field
      </a>
      <header class="top">
        <button
          type="button"
          class="quiet menu"
          aria-expanded={open}
          aria-controls="side"
          onClick={() => setOpen(!open)}
        >
          Sessions
          {waiting > 0 && (
            <span class="badge">
              {waiting} <span class="for-screen-readers">waiting for you</span>
            </span>
          )}
        </button>
        <h1>Portcullis</h1>
        <StatusLine control={control} />
        <button type="button" class="quiet" onClick={() => control.signOut()}>
          Sign out
        </button>
      </header>
      <aside class="side" id="side" aria-label="Sessions and requests">
        <QuestionList questions={control.questions} />
        <ApprovalList approvals={control.approvals} />
        <GrantList approvals={control.approvals} />
        <PairingList pairing={control.pairing} />
        <SessionList control={control} chosen={() => setOpen(false)} />
      </aside>
      <main class="talk">
        {state.phase === 'waiting' && state.refusal !== undefined && (
          <Reason refusal={state.refusal} />
        )}
        <TalkHead control={control} />
        <Transcript chat={control.chat} />
        <Composer chat={control.chat} online={state.phase === 'online'} />
      </main>
    </div>
  );
}

function TalkHead({ control }: { readonly control: Control }): JSX.Element {
  const { sessionKey } = useCell(control.chat.conversation);
  const rows = useCell(control.overview.sessions);
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const row = rows.find(({ key }) => key === sessionKey);
  const reset = async (): Promise<void> => {
    setAsking(false);
    setProblem(await control.chat.reset());
  };
  return (
    <div class="talk-head">
      <h2>{row === undefined ? 'New session' : nameOf(row)}</h2>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {asking ? (
        <div class="request-bar" role="group" aria-label="Empty this session?">
          <span>Empty this session?</span>
          <button type="button" class="danger" onClick={() => void reset()}>
            Empty it
          </button>
          <button type="button" class="quiet" onClick={() => setAsking(false)}>
            Keep it
          </button>
        </div>
      ) : (
        <button
          type="button"
          class="quiet"
          disabled={row === undefined}
          onClick={() => setAsking(true)}
        >
          Reset
        </button>
      )}
    </div>
  );
}
