/**
 * The line a person types: what each key does to it, and the lines before it.
 *
 * @module
 */

/** A key, as `node:readline` tells of it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** What a person did with a line. */
export interface Submission {
  readonly text: string;
  /** True when every character of it was typed, none pasted or taken from before. */
  readonly isTyped: boolean;
  /** Milliseconds: when its first character came. */
  readonly begunAt: number;
}

/** What came of a key. */
export type Outcome =
  | { readonly kind: 'edited' }
  | { readonly kind: 'line'; readonly line: Submission }
  /** Ctrl-C on an empty line. */
  | { readonly kind: 'interrupt' }
  /** Ctrl-D on an empty line. */
  | { readonly kind: 'end' };

const EDITED: Outcome = { kind: 'edited' };
const MOST_REMEMBERED = 200;
/** More than this of one line is not taken. */
const LONGEST = 100_000;

/** One line being typed. */
export class LineEditor {
  #letters: string[] = [];
  #cursor = 0;
  #isTyped = true;
  #isPasting = false;
  #begunAt = 0;
  readonly #history: string[] = [];
  /** Which line of the history is shown; the length of it means the new one. */
  #place = 0;
  #draft = '';
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get text(): string {
    return this.#letters.join('');
  }

  /** What stands before the cursor. */
  get before(): string {
    return this.#letters.slice(0, this.#cursor).join('');
  }

  /** Puts a line back, for instance one that could not be sent. */
  restore(text: string): void {
    this.#set(text);
    this.#isTyped = false;
  }

  /** What a key does. `text` is what it writes, where it writes something. */
  press(text: string | undefined, key: Key): Outcome {
    if (key.name === 'paste-start' || key.name === 'paste-end') {
      this.#isPasting = key.name === 'paste-start';
      return EDITED;
    }
    const isEnter = key.name === 'return' || key.name === 'enter';
    if (this.#isPasting) {
      this.#insert(isEnter ? '\n' : (text ?? ''));
      this.#isTyped = false;
      return EDITED;
    }
    if (isEnter) return this.#submit();
    if (key.ctrl === true) return this.#control(key.name);
    if (key.meta !== true && this.#move(key.name)) return EDITED;
    if (text !== undefined && key.meta !== true) this.#insert(text);
    return EDITED;
  }

  #submit(): Outcome {
    const line = { text: this.text, isTyped: this.#isTyped, begunAt: this.#begunAt };
    if (line.text.trim() !== '' && this.#history.at(-1) !== line.text) {
      this.#history.push(line.text);
      if (this.#history.length > MOST_REMEMBERED) this.#history.shift();
    }
    this.#draft = '';
    this.#place = this.#history.length;
    this.#set('');
    return { kind: 'line', line };
  }

  #control(name: string | undefined): Outcome {
    const isEmpty = this.#letters.length === 0;
    if (name === 'c') {
      if (isEmpty) return { kind: 'interrupt' };
      this.#set('');
    } else if (name === 'd') {
      if (isEmpty) return { kind: 'end' };
      this.#letters.splice(this.#cursor, 1);
    } else if (name === 'a') this.#cursor = 0;
    else if (name === 'e') this.#cursor = this.#letters.length;
    else if (name === 'k') this.#letters.splice(this.#cursor);
    else if (name === 'u') this.#erase(this.#cursor);
    else if (name === 'w') this.#erase(/\S*\s*$/u.exec(this.before)?.[0].length ?? 0);
    return EDITED;
  }

  /** True for a key that moves, or takes away. */
  #move(name: string | undefined): boolean {
    switch (name) {
      case 'left':
        this.#cursor = Math.max(0, this.#cursor - 1);
        return true;
      case 'right':
        this.#cursor = Math.min(this.#letters.length, this.#cursor + 1);
        return true;
      case 'home':
        this.#cursor = 0;
        return true;
      case 'end':
        this.#cursor = this.#letters.length;
        return true;
      case 'up':
        this.#recall(this.#place - 1);
        return true;
      case 'down':
        this.#recall(this.#place + 1);
        return true;
      case 'backspace':
        this.#erase(1);
        return true;
      case 'delete':
        this.#letters.splice(this.#cursor, 1);
        return true;
      default:
        return false;
    }
  }

  #recall(place: number): void {
    if (place < 0 || place > this.#history.length || place === this.#place) return;
    if (this.#place === this.#history.length) this.#draft = this.text;
    this.#place = place;
    this.restore(this.#history[place] ?? this.#draft);
  }

  /** Takes letters away before the cursor. */
  #erase(count: number): void {
    const from = Math.max(0, this.#cursor - count);
    this.#letters.splice(from, this.#cursor - from);
    this.#cursor = from;
  }

  #insert(text: string): void {
    if (this.#letters.length === 0) {
      this.#begunAt = this.#now();
      this.#isTyped = true;
    }
    // What a key sends beside letters is no part of a message.
    const letters = [...text].filter((each) => each === '\n' || !/[\p{Cc}\p{Cs}]/u.test(each));
    if (this.#letters.length + letters.length > LONGEST) return;
    this.#letters.splice(this.#cursor, 0, ...letters);
    this.#cursor += letters.length;
  }

  #set(text: string): void {
    this.#letters = [...text];
    this.#cursor = this.#letters.length;
    this.#begunAt = this.#now();
  }
}
