/**
 * Keeps the secrets of this gateway from leaving it. A tool that needs one is handed it as a
 * `Secret`; one that stands in a message, a request or a command was found somewhere and is being
 * carried out.
 *
 * Promises: a secret of 12 characters or more is found in plain text, in hex and in base64 at any
 * offset, in any case, escaped up to three times (percent, `\x`, `\u`, HTML) and with anything but
 * letters and digits put between its characters. So is half of it (at most 48 characters, at least
 * 12), in one text or added up over everything that left one session, as long as its pieces have
 * eight characters or follow each other directly. Smaller pieces between other text, encryption and
 * codes of somebody's own are not found: this is a last net, not the wall.
 *
 * @module
 */
import type { Decision, Json, Secret } from '@portcullis/core';

import { FragmentIndex, type Piece, type Told, addTold, enoughOf } from './fragments.ts';
import { type Guarded, guardedOf } from './guarded.ts';
import { LiveText } from './live-text.ts';
import { mayBeEscaped, skeletonOf, unescaped } from './skeleton.ts';
import { Windows } from './windows.ts';

/** What stands where a secret was. */
export const HIDDEN = '[secret]';

/** The decision about what holds a secret. */
export const EGRESS_BLOCKED: Decision = {
  effect: 'deny',
  code: 'secret.egress_blocked',
  path: '<default>egress',
  reason: 'It holds a secret of this gateway.',
};

const WORD = /\S+/gu;
const ESCAPE = /%[0-9a-f]{2}|\\[xu][0-9a-f]{2}|&#/iu;

/** Finds known secrets in what is about to leave. */
export class EgressGuard {
  readonly #known: () => readonly Secret[];
  readonly #interned = new Map<string, Guarded>();
  readonly #windows = new Windows();
  #compiled: { readonly from: readonly Secret[]; readonly index: FragmentIndex } | undefined;

  /** `known` is asked at every look; what is looked for is compiled anew when its answer changes. */
  constructor(known: () => readonly Secret[]) {
    this.#known = known;
  }

  /** True when the texts, taken together, hold enough of a secret. */
  carries(texts: readonly string[]): boolean {
    const index = this.#index();
    return !index.isEmpty && this.#told(index, texts.join('\n')).found.length > 0;
  }

  /**
   * True when the texts hold so much of a secret that, with what left `session` before, it is
   * enough. `target` is where they go: what goes to one place is read as one text.
   */
  completes(session: string, target: string, texts: readonly string[]): boolean {
    const index = this.#index();
    if (index.isEmpty) return false;
    const window = this.#windows.of(session);
    const text = [window.tail(target), ...texts].join('\n');
    const completes = this.#told(index, text, window.told).found.length > 0;
    // What goes on where this was stopped goes on with the secret.
    if (completes) window.follow(target, text);
    return completes;
  }

  /** Remembers what left. */
  left(session: string, target: string, texts: readonly string[]): void {
    const index = this.#index();
    if (index.isEmpty) return;
    const window = this.#windows.of(session);
    const text = [window.tail(target), ...texts].join('\n');
    addTold(window.told, this.#told(index, text).told);
    window.follow(target, text);
  }

  /** The text with everything that tells a secret hidden, when it tells enough of one. */
  redact(text: string): string {
    const index = this.#index();
    if (index.isEmpty) return text;
    const { found } = this.#told(index, text);
    if (found.length === 0) return text;
    const hidden = new Set(found);
    // Whole words first: what stands in them unescaped would leave its escaped rest behind.
    const plain = text.replaceAll(WORD, (word) =>
      ESCAPE.test(word) && this.#tells(index, word, hidden) ? HIDDEN : word,
    );
    const { pieces, at } = this.#told(index, plain);
    const shown = cutOut(
      plain,
      pieces.filter(({ guarded }) => hidden.has(guarded)),
      at,
    );
    return found.reduce((rest, { text: literal }) => rest.replaceAll(literal, HIDDEN), shown);
  }

  /** The same for every text in a value, its names included. */
  redactJson<T extends Json | undefined>(value: T): T {
    if (value === undefined || !this.carries([JSON.stringify(value)])) return value;
    return this.#redacted(value) as T;
  }

  /** A text that is heard while it is made: what could be a secret is held back until it is known. */
  live(session: string): LiveText {
    return new LiveText(this.#index(), this.#windows.of(session).told);
  }

  #redacted(value: Json | undefined): Json | undefined {
    if (typeof value === 'string') return this.redact(value);
    if (isList(value)) return value.map((item) => this.#redacted(item) ?? null);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [this.redact(name), this.#redacted(item)]),
    );
  }

  #index(): FragmentIndex {
    const from = this.#known();
    const compiled = this.#compiled;
    if (compiled !== undefined && isSame(compiled.from, from)) return compiled.index;
    const guarded = guardedOf(from).map((each) => {
      const known = this.#interned.get(each.text) ?? each;
      this.#interned.set(each.text, known);
      return known;
    });
    const index = new FragmentIndex(guarded);
    this.#compiled = { from, index };
    return index;
  }

  #told(
    index: FragmentIndex,
    text: string,
    before?: Told,
  ): {
    readonly found: readonly Guarded[];
    readonly told: Told;
    readonly pieces: readonly Piece[];
    readonly at: Int32Array;
  } {
    const told: Told = new Map();
    const skeleton = skeletonOf(text);
    const pieces = index.find(skeleton, told);
    const plain = mayBeEscaped(text) ? unescaped(text) : undefined;
    if (plain !== undefined) index.find(skeletonOf(plain), told);
    const literals = [...index.findLiterals(text), ...index.findLiterals(plain ?? '')];
    return { found: [...enoughOf(told, before), ...literals], told, pieces, at: skeleton.at };
  }

  /** Whether a word, its escapes undone, tells one of `hidden`. */
  #tells(index: FragmentIndex, word: string, hidden: ReadonlySet<Guarded>): boolean {
    const plain = unescaped(word);
    if (plain === undefined) return false;
    const told: Told = new Map();
    index.find(skeletonOf(plain), told);
    const literals = index.findLiterals(plain);
    return [...told.keys(), ...literals].some((guarded) => hidden.has(guarded));
  }
}

function cutOut(text: string, pieces: readonly Piece[], at: Int32Array): string {
  const stretches = pieces
    .map(({ start, end }) => ({ start: at[start] ?? 0, end: endOf(text, (at[end - 1] ?? 0) + 1) }))
    .toSorted((a, b) => a.start - b.start);
  let result = '';
  let done = 0;
  for (const { start, end } of stretches) {
    if (end <= done) continue;
    if (start >= done) result += text.slice(done, start) + HIDDEN;
    done = end;
  }
  return result + text.slice(done);
}

/** The last group of base64 mixes with what follows; where padding shows that it is one, it goes too. */
function endOf(text: string, end: number): number {
  const rest = /^[A-Za-z0-9+/_-]{0,4}={1,2}/u.exec(text.slice(end, end + 6));
  return end + (rest?.[0].length ?? 0);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isSame(left: readonly Secret[], right: readonly Secret[]): boolean {
  return (
    left === right ||
    (left.length === right.length && left.every((secret, index) => secret === right[index]))
  );
}
