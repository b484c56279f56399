/**
 * What the agent asks to be allowed: what would happen, exactly, for whom and why.
 *
 * The subject is text from a model. It is shown as text, whole, and with everything spelled out that
 * a reader would not see.
 *
 * @module
 */
import type { ApprovalRequest } from '@portcullis/protocol';
import type { JSX } from 'preact';
import { useId, useRef } from 'preact/hooks';

import type { Approvals } from '../state/approvals.ts';
import { spelled, unhidden } from './unhidden.ts';
import { useCell } from './use-cell.ts';
import { VerdictBar } from './verdict-bar.tsx';

/** Questions that wait. Nothing to be seen while there are none. */
export function ApprovalList({ approvals }: { readonly approvals: Approvals }): JSX.Element {
  const waiting = useCell(approvals.waiting) ?? [];
  const heading = useRef<HTMLHeadingElement>(null);
  const count = waiting.length;
  const spoken = count === 1 ? 'The agent waits for your answer' : `${count} questions wait`;
  // The button that had the focus is gone: go on at the heading, or where one writes.
  const goOn = (): void => {
    if ((approvals.waiting.get() ?? []).length > 0) heading.current?.focus();
    else document.querySelector<HTMLElement>('#draft')?.focus();
  };
  return (
    <>
      <p class="for-screen-readers" role="status">
        {count > 0 && spoken}
      </p>
      {count > 0 && (
        <section class="approvals" aria-labelledby="approvals-title">
          <div class="panel-head">
            <h2 id="approvals-title" ref={heading} tabIndex={-1}>
              Waiting for your answer
            </h2>
          </div>
          <ul>
            {waiting.map((question) => (
              <Question
                key={question.id}
                question={question}
                approvals={approvals}
                answered={goOn}
              />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface QuestionProps {
  readonly question: ApprovalRequest;
  readonly approvals: Approvals;
  /** Called when an answer was taken. */
  answered(): void;
}

function Question({ question, approvals, answered }: QuestionProps): JSX.Element {
  const { request, expiresAtMs } = question;
  const title = useId();
  const offersAlways = request.allowedDecisions.includes('allow-always');
  return (
    <li class="request">
      <p id={title}>
        The agent asks to <strong>{request.act}</strong>
      </p>
      {/* Never in a box of its own that scrolls: who reaches the buttons has passed all of it. */}
      <pre class="subject" role="region" aria-label="Exactly what would happen">
        {spelled(request.subject)}
      </pre>
      <p class="hint">{request.warningText}</p>
      {request.story !== null && <p class="hint">{unhidden(request.story)}</p>}
      <p class="hint">
        Asked for by <code>{unhidden(request.requester)}</code> in{' '}
        <code>{unhidden(request.sessionKey)}</code>, tool <code>{unhidden(request.tool)}</code>.
        SHA-256 <code class="digest">{request.digest}</code>. Expires at{' '}
        {new Date(expiresAtMs).toLocaleTimeString([], { timeStyle: 'short' })}.
      </p>
      <VerdictBar
        about={title}
        yes={{ label: 'Allow once', give: () => approvals.answer(question, 'allow-once') }}
        no={{ label: 'Deny', give: () => approvals.answer(question, 'deny') }}
        {...(offersAlways && {
          also: { label: 'Allow always', give: () => approvals.answer(question, 'allow-always') },
        })}
        taken={answered}
      />
    </li>
  );
}
