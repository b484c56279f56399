/**
 * What was said, as it is shown: who, and what, each line indented below whose it is.
 *
 * @module
 */
import type { ChatEvent, Message } from '@portcullis/protocol';

import type { Screen } from '../../terminal/live/screen.ts';
import { styled } from '../../terminal/style.ts';

/** Characters of one message of the past that are shown. */
const MOST_SHOWN = 20_000;

/** One conversation at a screen. */
export class Transcript {
  readonly #screen: Screen;
  /** Runs whose answers were shown as they came. */
  readonly #heard = new Set<string>();
  /** Runs whose questions were written at this screen. */
  readonly #asked = new Set<string>();
  /** Position of the last message that was shown. */
  #last = 0;
  /** The answer that is growing. */
  #run: { readonly id: string; text: string } | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** The run whose answer is being written. */
  get running(): string | undefined {
    return this.#run?.id;
  }

  /** Begins with another conversation. */
  clear(): void {
    this.end();
    this.#heard.clear();
    this.#last = 0;
  }

  /** A message that the person wrote here. */
  own(text: string, runId: string): void {
    this.#asked.add(runId);
    this.#screen.line(styled('cyan', 'You'));
    for (const line of text.split('\n')) this.#screen.line(`  ${line}`);
  }

  /** Messages of the past that were not shown yet. */
  past(messages: readonly Message[]): void {
    for (const message of messages) {
      const { __openclaw: place } = message;
      const { seq, runId = '' } = place;
      if (seq <= this.#last) continue;
      this.#last = seq;
      const isShown =
        message.role === 'user'
          ? this.#asked.has(runId) || this.#asked.has(message.idempotencyKey ?? '')
          : this.#heard.has(runId);
      if (!isShown) this.#message(message);
    }
  }

  /** An answer as it is being written. */
  hear(event: ChatEvent): void {
    if (event.state === 'delta') {
      if (event.replace === true) this.#replace(event.runId, event.deltaText);
      else this.grow(event.runId, event.deltaText);
      return;
    }
    const whole = event.message?.content.map(({ text }) => text).join('');
    if (whole !== undefined) this.#complete(event.runId, whole);
    this.end();
    this.#heard.add(event.runId);
    if (event.state === 'error') this.#screen.line(styled('red', `Error: ${event.errorMessage}`));
    if (event.state === 'aborted') this.#screen.line(styled('yellow', 'Stopped.'));
  }

  /** More of an answer. */
  grow(runId: string, text: string): void {
    if (this.#run?.id !== runId) this.#begin(runId);
    if (this.#run !== undefined) this.#run.text += text;
    this.#screen.stream(text);
  }

  /** An answer that began while nobody listened: what there is of it so far. */
  catchUp(runId: string, text: string): void {
    this.#complete(runId, text);
  }

  /** Nothing more comes of the answer for now. */
  end(): void {
    this.#screen.endStream();
    this.#run = undefined;
  }

  #begin(runId: string): void {
    this.end();
    this.#run = { id: runId, text: '' };
    this.#screen.line(styled('green', 'Agent'));
  }

  /** Adds what is missing of the whole text, which events may have left out. */
  #complete(runId: string, whole: string): void {
    const text = this.#run?.id === runId ? this.#run.text : '';
    if (whole === text) return;
    if (whole.startsWith(text)) this.grow(runId, whole.slice(text.length));
    else this.#replace(runId, whole);
  }

  #replace(runId: string, text: string): void {
    this.#begin(runId);
    this.grow(runId, text);
  }

  #message({ role, content, toolName, errorMessage, isError }: Message): void {
    const text = content
      .map((part) => {
        if (part.type === 'text') return part.text;
        return part.type === 'image' ? '[image]' : `[calls ${part.name}]`;
      })
      .join('\n');
    if (role === 'toolResult') {
      const how = isError === true ? 'failed' : 'done';
      this.#screen.line(styled('dim', `Tool ${toolName ?? ''}: ${how}`));
      return;
    }
    this.#screen.line(role === 'user' ? styled('cyan', 'You') : styled('green', 'Agent'));
    const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)} [...]` : text;
    for (const line of shown.split('\n')) this.#screen.line(`  ${line}`);
    if (errorMessage !== undefined) this.#screen.line(styled('red', `  Error: ${errorMessage}`));
  }
}
