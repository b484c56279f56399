/**
 * What of which secrets has left each session, and the end of what went where: the memory against
 * secrets that are carried out piece by piece. It is bounded, and begins empty with each process.
 *
 * @module
 */
import { GRAM, type Told } from './fragments.ts';
import { skeletonOf, unescaped } from './skeleton.ts';

/** Sessions remembered, those looked at last. */
const SESSIONS = 1000;
/** Places a session sends to that are remembered, those sent to last. */
const TARGETS = 64;

/** What left one session. */
export class Window {
  /** Every piece of a secret that left it. */
  readonly told: Told = new Map();
  readonly #tails = new Map<string, string>();

  /** The end of what went to a target: as much as may begin a gram. */
  tail(target: string): string {
    return this.#tails.get(target) ?? '';
  }

  /** Remembers the end of `text`, which begins with the tail before it. */
  follow(target: string, text: string): void {
    const { codes, length } = skeletonOf(unescaped(text) ?? text);
    this.#tails.delete(target);
    this.#tails.set(
      target,
      String.fromCharCode(...codes.subarray(Math.max(0, length - GRAM + 1), length)),
    );
    trim(this.#tails, TARGETS);
  }
}

/** The windows of all sessions. */
export class Windows {
  readonly #windows = new Map<string, Window>();

  /** The window of a session. */
  of(session: string): Window {
    const window = this.#windows.get(session) ?? new Window();
    this.#windows.delete(session);
    this.#windows.set(session, window);
    trim(this.#windows, SESSIONS);
    return window;
  }
}

function trim(map: Map<string, unknown>, most: number): void {
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
