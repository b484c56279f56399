/**
 * The conversation: what was said, what is being said, what has not arrived yet.
 *
 * @module
 */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import type { Chat } from '../state/chat.ts';
import type { Conversation, Line, PendingSend } from '../state/conversation.ts';
import { Prose } from './prose.tsx';
import { useCell } from './use-cell.ts';

const SPEAKER: Readonly<Record<Line['role'], string>> = {
  user: 'You',
  assistant: 'Assistant',
  tool: 'Tool',
};

/** The messages of the open session. Stays at the end while the reader is there. */
export function Transcript({ chat }: { readonly chat: Chat }): JSX.Element {
  const conversation = useCell(chat.conversation);
  const { lines, sends, live, loaded, problem, hasMore } = conversation;
  const scroller = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box !== null && follows.current) box.scrollTop = box.scrollHeight;
  });
  // Formatting is drawn a frame later than the text it belongs to, and may be taller.
  useEffect(() => {
    const box = scroller.current;
    const content = box?.firstElementChild;
    if (box === null || content === null || content === undefined) return undefined;
    const watcher = new ResizeObserver(() => {
      if (follows.current) box.scrollTop = box.scrollHeight;
    });
    watcher.observe(content);
    return () => watcher.disconnect();
  }, []);
  const isEmpty = loaded && lines.length + sends.length === 0 && live === undefined;
  return (
    <>
      <div
        class="transcript"
        ref={scroller}
        role="region"
        aria-label="Conversation"
        tabIndex={0}
        onScroll={({ currentTarget: box }) => {
          follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
        }}
      >
        <ol class="lines">
          {hasMore && <li class="note">Older messages are not shown.</li>}
          {problem !== undefined && <li class="note note-problem">{problem}</li>}
          {isEmpty && <Welcome />}
          {lines.map((line) => (
            <Entry key={line.key} line={line} />
          ))}
          {sends.map((send) => (
            <Unconfirmed key={send.idempotencyKey} send={send} retry={() => chat.retry(send)} />
          ))}
          {live !== undefined && <Growing key={`live:${live.runId}`} text={live.text} />}
        </ol>
      </div>
      <Announcer conversation={conversation} />
    </>
  );
}

function Growing({ text }: { readonly text: string }): JSX.Element {
  return (
    <li class="line line-assistant" aria-busy="true">
      <span class="speaker">Assistant</span>
      {text === '' ? <span class="thinking">Thinking…</span> : <Prose text={text} />}
    </li>
  );
}

function Welcome(): JSX.Element {
  return (
    <li class="welcome">
      <h2>Nothing said yet</h2>
      <p>Write below. Your message goes to this gateway and to the model it is configured with.</p>
    </li>
  );
}

function Entry({ line }: { readonly line: Line }): JSX.Element {
  if (line.role === 'tool') {
    return (
      <li class="line line-tool">
        <details>
          <summary>
            Tool <code>{line.tool}</code> {line.problem ?? ''}
          </summary>
          <pre tabIndex={0}>{line.text}</pre>
        </details>
      </li>
    );
  }
  const at = new Date(line.at);
  return (
    <li class={`line line-${line.role}`}>
      <span class="speaker">
        {SPEAKER[line.role]}{' '}
        <time dateTime={at.toISOString()} title={at.toLocaleString()}>
          {at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}
        </time>
      </span>
      {line.role === 'user' ? <p class="plain">{line.text}</p> : <Prose text={line.text} />}
      {line.problem !== undefined && <p class="problem">{line.problem}</p>}
    </li>
  );
}

interface UnconfirmedProps {
  readonly send: PendingSend;
  retry(): void;
}

function Unconfirmed({ send, retry }: UnconfirmedProps): JSX.Element {
  return (
    <li class="line line-user line-pending">
      <span class="speaker">You {send.problem === undefined ? '· sending' : '· not sent'}</span>
      <p class="plain">{send.text}</p>
      {send.problem !== undefined && (
        <p class="problem" role="alert">
          {send.problem}{' '}
          <button type="button" class="link" onClick={retry}>
            Send again
          </button>
        </p>
      )}
    </li>
  );
}

/**
 * Tells a screen reader that an answer began, and reads it once when it is whole: reading every
 * piece would make it unintelligible.
 */
function Announcer({ conversation }: { readonly conversation: Conversation }): JSX.Element {
  const { live, lines, sessionKey } = conversation;
  const before = useRef<string | undefined>(undefined);
  const [said, say] = useState('');
  useEffect(() => {
    if (live !== undefined && before.current === undefined) say('The assistant is answering.');
    if (live === undefined && before.current !== undefined) {
      const last = lines.findLast(({ role }) => role === 'assistant');
      say(last === undefined ? '' : `Assistant: ${last.text} ${last.problem ?? ''}`.trim());
    }
    before.current = live?.runId;
  }, [live?.runId, lines]);
  useEffect(() => {
    before.current = undefined;
    say('');
  }, [sessionKey]);
  return (
    <div class="for-screen-readers" role="status" aria-live="polite">
      {said}
    </div>
  );
}
