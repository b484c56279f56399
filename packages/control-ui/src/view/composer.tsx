/**
 * Where one writes.
 *
 * @module
 */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import type { Chat } from '../state/chat.ts';
import { useCell } from './use-cell.ts';

interface ComposerProps {
  readonly chat: Chat;
  /** False while the gateway is away: what is written is kept and sent later. */
  readonly online: boolean;
}

/** The text field with its buttons. Enter sends, Shift+Enter begins a line. */
export function Composer({ chat, online }: ComposerProps): JSX.Element {
  const { live } = useCell(chat.conversation);
  const [draft, setDraft] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // On a touch screen this would open the keyboard over what one came to read.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, []);
  useLayoutEffect(() => {
    const area = field.current;
    if (area === null) return;
    // As tall as its text, up to the limit the style sets.
    area.rows = Math.min(8, Math.max(1, draft.split('\n').length));
  }, [draft]);
  const send = (): void => {
    const text = draft.trim();
    if (text === '') return;
    setDraft('');
    void chat.send(text);
    field.current?.focus();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="for-screen-readers" for="draft">
        Message
      </label>
      <textarea
        id="draft"
        ref={field}
        value={draft}
        rows={1}
        placeholder="Write a message"
        aria-describedby="draft-keys"
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onKeyDown={(event) => {
          // An Enter that chooses a word of an input method must not send.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <div class="composer-bar">
        <span id="draft-keys" class="hint">
          {online
            ? 'Enter sends, Shift+Enter begins a line'
            : 'Offline: sent when the gateway is back'}
        </span>
        {live !== undefined && (
          <button type="button" class="quiet" onClick={() => void chat.abort()}>
            Stop
          </button>
        )}
        <button type="submit" class="primary" disabled={draft.trim() === ''}>
          Send
        </button>
      </div>
    </form>
  );
}
