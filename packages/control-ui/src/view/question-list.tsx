/**
 * What the agent asks: its question, the answers it offers, and room for another one.
 *
 * The words are a model's. They are shown as text, with everything spelled out that a reader would not
 * see, and an answer permits nothing.
 *
 * @module
 */
import type { Question } from '@portcullis/protocol';
import type { JSX } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';

import type { Questions } from '../state/questions.ts';
import { unhidden } from './unhidden.ts';
import { useAnswer } from './use-answer.ts';
import { useCell } from './use-cell.ts';

/** Questions that wait. Nothing to be seen while there are none. */
export function QuestionList({ questions }: { readonly questions: Questions }): JSX.Element {
  const waiting = useCell(questions.waiting) ?? [];
  const heading = useRef<HTMLHeadingElement>(null);
  // The field that had the focus is gone: go on at the heading, or where one writes.
  const goOn = (): void => {
    if ((questions.waiting.get() ?? []).length > 0) heading.current?.focus();
    else document.querySelector<HTMLElement>('#draft')?.focus();
  };
  return (
    <>
      <p class="for-screen-readers" role="status">
        {waiting.length > 0 && 'The agent asks you something'}
      </p>
      {waiting.length > 0 && (
        <section class="questions" aria-labelledby="questions-title">
          <div class="panel-head">
            <h2 id="questions-title" ref={heading} tabIndex={-1}>
              The agent asks
            </h2>
          </div>
          <ul>
            {waiting.map((question) => (
              <Item key={question.id} question={question} questions={questions} answered={goOn} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface ItemProps {
  readonly question: Question;
  readonly questions: Questions;
  /** Called when an answer was taken. */
  answered(): void;
}

function Item({ question, questions, answered }: ItemProps): JSX.Element {
  const { agentId, sessionKey, expiresAtMs } = question;
  const title = useId();
  const [draft, setDraft] = useState('');
  const { busy, problem, answer } = useAnswer(answered);
  const options = question.questions.flatMap((each) => each.options);
  const give = (text: string): void => void answer(() => questions.answer(question, text));
  return (
    <li class="request">
      <p id={title} class="asked">
        {question.questions.map((each) => unhidden(each.question)).join('\n')}
      </p>
      {options.length > 0 && (
        <div class="request-bar choices" role="group" aria-labelledby={title}>
          {options.map(({ label }) => (
            <button
              key={label}
              type="button"
              class="quiet"
              disabled={busy}
              onClick={() => give(label)}
            >
              {unhidden(label)}
            </button>
          ))}
        </div>
      )}
      <form
        class="request-bar"
        onSubmit={(event) => {
          event.preventDefault();
          if (draft.trim() !== '') give(draft.trim());
        }}
      >
        <input
          type="text"
          aria-label="Your answer"
          aria-describedby={title}
          value={draft}
          onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={busy || draft.trim() === ''}>
          Answer
        </button>
      </form>
      <p class="hint">
        Agent <code>{unhidden(agentId)}</code> in <code>{unhidden(sessionKey)}</code>. An answer
        permits nothing. Expires at{' '}
        {new Date(expiresAtMs).toLocaleTimeString([], { timeStyle: 'short' })}.
      </p>
      <div class="request-bar">
        <button
          type="button"
          class="quiet"
          disabled={busy}
          aria-describedby={title}
          onClick={() => void answer(() => questions.decline(question))}
        >
          Do not answer
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
