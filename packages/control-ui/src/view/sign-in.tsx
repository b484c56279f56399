/**
 * Asks for the token, and explains why the gateway did not let us in.
 *
 * @module
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { Control } from '../state/control.ts';
import type { Refusal } from '../wire/refusal.ts';

interface SignInProps {
  readonly control: Control;
  readonly refusal?: Refusal | undefined;
}

/** The page before it is connected. */
export function SignIn({ control, refusal }: SignInProps): JSX.Element {
  return (
    <main class="sign-in">
      <h1>Portcullis</h1>
      {refusal !== undefined && <Reason refusal={refusal} />}
      {refusal === undefined || refusal.asksForToken ? (
        <TokenForm control={control} />
      ) : (
        <div class="request-bar">
          <button type="button" class="primary" onClick={() => control.retry()}>
            Try again
          </button>
          <button type="button" class="quiet" onClick={() => control.signOut()}>
            Sign in differently
          </button>
        </div>
      )}
    </main>
  );
}

function TokenForm({ control }: { readonly control: Control }): JSX.Element {
  const [token, setToken] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        control.signIn(token.trim());
      }}
    >
      <label for="token">Gateway token or password</label>
      <input
        id="token"
        ref={field}
        type="password"
        autocomplete="off"
        spellcheck={false}
        value={token}
        aria-describedby="token-hint"
        onInput={({ currentTarget }) => setToken(currentTarget.value)}
      />
      <p class="hint" id="token-hint">
        It stays in this tab and is forgotten when you close it. On the machine of the gateway,{' '}
        <code>openclaw dashboard</code> signs a browser in without it, and{' '}
        <code>openclaw dashboard --token</code> shows it.
      </p>
      <button type="submit" class="primary" disabled={token.trim() === ''}>
        Connect
      </button>
    </form>
  );
}

/** A refusal, with what to do about it. */
export function Reason({ refusal }: { readonly refusal: Refusal }): JSX.Element {
  const { title, advice, commands, code } = refusal;
  return (
    <div class="reason" role="alert">
      <h2>{title}</h2>
      <p>{advice}</p>
      {commands.length > 0 && <pre tabIndex={0}>{commands.join('\n')}</pre>}
      <p class="hint">
        Code: <code>{code}</code>
      </p>
    </div>
  );
}
