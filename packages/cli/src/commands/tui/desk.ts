/**
 * What waits for an answer, one question after another, and which words answer it.
 *
 * A word answers only the question that is on the screen, only when it was typed as a whole while the
 * question could be read, and is bound to exactly what was shown.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { Submission } from '../../terminal/live/line-editor.ts';
import { escapeJson } from '../../terminal/escape.ts';
import type { Screen } from '../../terminal/live/screen.ts';
import { styled } from '../../terminal/style.ts';
import { type Found, questionLines } from '../approvals.ts';
import type { Link } from '../../compose/link.ts';

type Answer = MethodResult<'exec.approval.get'>['allowedDecisions'][number];

const WORDS: Readonly<Record<string, Answer>> = {
  y: 'allow-once',
  yes: 'allow-once',
  n: 'deny',
  no: 'deny',
  always: 'allow-always',
};

/** A word, and the beginning of the id of the question it answers. */
const ANSWER = /^(?<word>y|yes|n|no|always)(?:\s+(?<id>[0-9a-z-]{8,}))?$/u;

/** Nobody reads a question in less. */
const READING_MS = 800;

/** The questions of a gateway at a screen. */
export class Desk {
  readonly #link: Link;
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #waiting: string[] = [];
  /** The question on the screen, and since when. */
  #shown: (Found & { readonly since: number }) | undefined;
  #isShowing = false;

  constructor(link: Link, screen: Screen, now: () => number) {
    this.#link = link;
    this.#screen = screen;
    this.#now = now;
  }

  /** How many wait. */
  get count(): number {
    return this.#waiting.length;
  }

  /** What waits now, after a connection came about. */
  async refresh(): Promise<void> {
    const open = await this.#link.ask('exec.approval.list', {});
    this.#waiting.splice(0, this.#waiting.length, ...open.map(({ id }) => id));
    if (this.#shown !== undefined && !this.#waiting.includes(this.#shown.approval.id)) {
      this.#shown = undefined;
    }
    await this.#next();
  }

  /** A question came. */
  async asked(id: string): Promise<void> {
    if (!this.#waiting.includes(id)) this.#waiting.push(id);
    await this.#next();
  }

  /** A question is over, by whomever. */
  async over(id: string, decision: string, by: string | null): Promise<void> {
    const at = this.#waiting.indexOf(id);
    if (at !== -1) this.#waiting.splice(at, 1);
    if (this.#shown?.approval.id === id) this.#shown = undefined;
    const who = by === null ? 'nobody answered, so it does not happen' : `${decision} by ${by}`;
    this.#screen.line(styled('yellow', `Approval ${shortOf(id)}: ${who}`));
    await this.#next();
  }

  /** Shows the question again, with all that is bound to it. */
  async show(): Promise<void> {
    if (this.#waiting.length === 0) {
      this.#screen.line('Nothing waits for an answer.');
      return;
    }
    this.#shown = undefined;
    await this.#next();
  }

  /** Takes a line that may be an answer. False where it is none, and belongs to the conversation. */
  async take({ text, isTyped, begunAt }: Submission): Promise<boolean> {
    const { word, id } = ANSWER.exec(text.trim().toLowerCase())?.groups ?? {};
    const decision = word === undefined ? undefined : WORDS[word];
    const shown = this.#shown;
    if (decision === undefined || shown === undefined) return false;
    const wanted = shown.approval.id;
    const isMeant =
      id === undefined
        ? isTyped && begunAt >= shown.since + READING_MS
        : wanted.toLowerCase().startsWith(id);
    if (isMeant) await this.#answer(shown, decision);
    else {
      this.#screen.line(
        styled(
          'yellow',
          'Not taken as an answer: it was not typed while the question could be read.',
        ),
      );
      this.#screen.line(
        styled('yellow', `Type it again, or with the id: ${String(word)} ${shortOf(wanted)}`),
      );
    }
    return true;
  }

  async #answer({ approval, details }: Found, decision: Answer): Promise<void> {
    const { allowedDecisions } = approval.presentation;
    if (!allowedDecisions.includes(decision)) {
      this.#screen.line(
        styled('yellow', `This can be answered by ${allowedDecisions.join(' or ')} only.`),
      );
      return;
    }
    // With another digest than the one that was shown nothing is answered.
    const { digest } = details;
    await this.#link.ask('exec.approval.resolve', { id: approval.id, decision, digest });
  }

  async #next(): Promise<void> {
    const [id] = this.#waiting;
    if (id === undefined || this.#shown !== undefined || this.#isShowing) return;
    this.#isShowing = true;
    try {
      const { approval, details } = await this.#link.ask('approval.get', { id, details: true });
      if (details !== undefined && approval.status === 'pending')
        this.#print({ approval, details });
      else this.#waiting.shift();
    } finally {
      this.#isShowing = false;
    }
  }

  #print(found: Found): void {
    const screen = this.#screen;
    screen.line();
    screen.line(styled('bold', 'The agent asks for approval'));
    for (const line of questionLines(found)) screen.line(`  ${line}`);
    screen.line('  Exactly this:');
    const exact = escapeJson(JSON.stringify(JSON.parse(found.details.subject), null, 2));
    for (const line of exact.split('\n')) screen.line(`    ${line}`);
    const always = found.approval.presentation.allowedDecisions.includes('allow-always');
    screen.line(
      styled('bold', `Type ${always ? 'yes, no or always' : 'yes or no'}, and press Enter.`),
    );
    this.#shown = { ...found, since: this.#now() };
  }
}

function shortOf(id: string): string {
  return id.slice(0, 8);
}
