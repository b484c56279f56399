/**
 * A text that is heard while it is made.
 *
 * Promises: once it tells enough of a secret, nothing more of it is heard; what may be the beginning
 * or a part of a secret is held back until what follows says otherwise, so that of a secret that
 * comes in pieces its first three characters are heard at most.
 *
 * @module
 */
import { type FragmentIndex, GRAM, OPENING, type Told, addTold, enoughOf } from './fragments.ts';
import { type Skeleton, mayBeEscaped, skeletonOf, unescaped } from './skeleton.ts';

/** Text looked at again because escapes in it may belong together. */
const RECENT = 512;
/** Escapes are held back from here on. */
const LONGEST_ESCAPE = 96;
/** More is not held back: what tells enough is stopped all the same. */
const MOST_HELD = 4096;
const OPEN_ESCAPE =
  /(?:%[0-9a-f]{0,2}|\\(?:x[0-9a-f]{0,2}|u[0-9a-f]{0,4})?|&(?:#x?[0-9a-f]{0,6};?)?)+$/iu;

/** One text on its way. */
export class LiveText {
  readonly #index: FragmentIndex;
  /** What left the session before; what is heard is added. */
  readonly #before: Told;
  readonly #told: Told = new Map();
  #held = '';
  #recent = '';
  /** The end of what was heard, as much as may begin a gram. */
  #tail = '';
  #stopped = false;

  constructor(index: FragmentIndex, before: Told) {
    this.#index = index;
    this.#before = before;
  }

  /** True once it told enough of a secret. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Takes the next piece. Returns what may be heard now. */
  push(delta: string): string {
    if (this.#index.isEmpty || this.#stopped) return this.#stopped ? '' : delta;
    this.#held += delta;
    const skeleton = skeletonOf(this.#tail + this.#held);
    const pieces = this.#index.find(skeleton, this.#told);
    if (this.#isEnough()) return '';
    const open = pieces.filter(({ end }) => end === skeleton.length).map(({ start }) => start);
    const start = Math.min(skeleton.length, ...open, this.#opening(skeleton));
    const from =
      start === skeleton.length ? this.#tail.length + this.#held.length : skeleton.at[start];
    const held = Math.max(0, (from ?? 0) - this.#tail.length);
    return this.#release(Math.min(held, openEscape(this.#held)));
  }

  /** Ends it. Returns what was held back and may be heard. */
  end(): string {
    return this.#stopped ? '' : this.#release(this.#held.length);
  }

  #isEnough(): boolean {
    const text = this.#recent + this.#held;
    const plain = mayBeEscaped(text) ? unescaped(text) : undefined;
    if (plain !== undefined) this.#index.find(skeletonOf(plain), this.#told);
    const literals = [text, plain ?? ''].some((each) => this.#index.findLiterals(each).length > 0);
    this.#stopped = literals || enoughOf(this.#told, this.#before).length > 0;
    if (this.#stopped) this.#held = '';
    return this.#stopped;
  }

  /** Where the end of the text may begin a gram. */
  #opening(skeleton: Skeleton): number {
    const { length } = skeleton;
    for (let start = Math.max(0, length - GRAM + 1); start <= length - OPENING; start += 1) {
      if (this.#index.mayOpen(skeleton, start)) return start;
    }
    return length;
  }

  #release(count: number): string {
    const free = this.#held.length - count > MOST_HELD ? this.#held.length : count;
    const text = this.#held.slice(0, free);
    this.#held = this.#held.slice(free);
    this.#recent = (this.#recent + text).slice(-RECENT);
    const { codes, length } = skeletonOf(this.#tail + text);
    this.#tail = String.fromCharCode(...codes.subarray(Math.max(0, length - GRAM + 1), length));
    // All that was met so far is no more than what was heard and what is about to be.
    addTold(this.#before, this.#told);
    return text;
  }
}

/** Where an escape begins that may not be complete, or belongs to those before it. */
function openEscape(text: string): number {
  const from = Math.max(0, text.length - LONGEST_ESCAPE);
  const found = text.slice(from).search(OPEN_ESCAPE);
  return found === -1 ? text.length : from + found;
}
