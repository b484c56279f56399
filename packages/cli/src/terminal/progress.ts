/**
 * A line that says what is being waited for and for how long. On a terminal only, and only when
 * the wait is long enough to wonder about.
 *
 * @module
 */
import type { TextStream } from '../context.ts';

const FIRST_SHOWN_MS = 1000;
const REDRAWN_MS = 200;
const FRAMES = ['|', '/', '-', '\\'];
const ERASE_LINE = '\r\u001B[2K';

/** Shows one wait at a time. */
export class Progress {
  readonly #stream: TextStream;
  readonly #mayDraw: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #shown = false;

  constructor(stream: TextStream, mayDraw: () => boolean) {
    this.#stream = stream;
    this.#mayDraw = mayDraw;
  }

  /** Begins a wait. `what` must be safe to print. */
  start(what: string): void {
    if (this.#stream.isTTY !== true || this.#timer !== undefined) return;
    const startedAt = Date.now();
    const draw = (): void => {
      const elapsed = Date.now() - startedAt;
      if (elapsed < FIRST_SHOWN_MS || !this.#mayDraw()) return;
      const frame = FRAMES[Math.floor(elapsed / REDRAWN_MS) % FRAMES.length] ?? '';
      this.#shown = true;
      this.#stream.write(`${ERASE_LINE}${frame} ${what} ${Math.floor(elapsed / 1000)} s`);
    };
    this.#timer = setInterval(draw, REDRAWN_MS);
    this.#timer.unref();
  }

  /** Takes the line away so that something else can be printed; it comes back by itself. */
  hide(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#stream.write(ERASE_LINE);
  }

  /** Ends the wait. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.hide();
  }
}
