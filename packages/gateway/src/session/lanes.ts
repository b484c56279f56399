/**
 * One session, one turn at a time; different sessions side by side, as many as there is room for.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** Most turns at work at once, over all sessions. */
const CONCURRENT_TURNS = 128;
/** Most events that may wait in one session. */
export const LANE_CAP = 1000;

/** Work, and what it is about. */
interface Waiting {
  readonly name: string;
  readonly work: () => Promise<void>;
}

interface Lane {
  readonly waiting: Waiting[];
  busy: boolean;
}

/** The queues of all sessions. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with work that wait for one of the {@link CONCURRENT_TURNS} places, in order. */
  readonly #ready: string[] = [];
  readonly #idle: (() => void)[] = [];
  /** Turns that want their place back. They come before any that has not begun. */
  readonly #returning: (() => void)[] = [];
  #working = 0;
  /** Turns that wait for somebody and have given up their place. */
  #parked = 0;
  #open = true;

  /** Whether a lane takes one more event. */
  hasRoom(key: string): boolean {
    return (this.#lanes.get(key)?.waiting.length ?? 0) < LANE_CAP;
  }

  /** Turns at work, waiting in their lanes, and waiting for somebody. */
  get counts(): { readonly working: number; readonly waiting: number; readonly parked: number } {
    let waiting = 0;
    for (const lane of this.#lanes.values()) waiting += lane.waiting.length;
    return { working: this.#working, waiting, parked: this.#parked };
  }

  /** What waits in a lane, by the names it entered with, in its order. */
  waiting(key: string): readonly string[] {
    return this.#lanes.get(key)?.waiting.map(({ name }) => name) ?? [];
  }

  /** Puts work at the end of a lane. Work must not throw. After {@link close} it is dropped. */
  enter(key: string, work: () => Promise<void>, name = ''): void {
    if (!this.#open) return;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { waiting: [], busy: false };
      this.#lanes.set(key, lane);
    }
    lane.waiting.push({ name, work });
    if (!lane.busy && lane.waiting.length === 1) this.#ready.push(key);
    this.#fill();
  }

  /** Starts no more work: what waits is taken up again by the next process. */
  close(): void {
    this.#open = false;
    this.#ready.length = 0;
    this.#fill();
  }

  /** Waits for `work` on behalf of a turn, whose place others may have meanwhile. */
  async park<T>(work: () => Promise<T>): Promise<T> {
    this.#working -= 1;
    this.#parked += 1;
    this.#fill();
    try {
      return await work();
    } finally {
      if (this.#open && this.#working >= CONCURRENT_TURNS) {
        await new Promise<void>((resolve) => this.#returning.push(resolve));
      } else this.#unpark();
    }
  }

  #unpark(): void {
    this.#parked -= 1;
    this.#working += 1;
  }

  /** Resolves when no work is in progress (with {@link close}) or waiting. */
  async idle(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #isIdle(): boolean {
    return this.#working === 0 && this.#parked === 0 && this.#ready.length === 0;
  }

  #fill(): void {
    // When no more is begun there is room for all of them to come to their end.
    while (!this.#open || this.#working < CONCURRENT_TURNS) {
      const resume = this.#returning.shift();
      if (resume === undefined) break;
      this.#unpark();
      resume();
    }
    while (this.#open && this.#working < CONCURRENT_TURNS) {
      const key = this.#ready.shift();
      if (key === undefined) break;
      const lane = this.#lanes.get(key);
      const next = lane?.waiting.shift();
      if (lane === undefined || next === undefined) continue;
      lane.busy = true;
      this.#working += 1;
      void next.work().then(
        () => this.#leave(key, lane),
        (cause: unknown) => {
          this.#leave(key, lane);
          throw new PortcullisError('lane.work_threw', 'A turn ended with an unhandled error.', {
            cause,
          });
        },
      );
    }
  }

  #leave(key: string, lane: Lane): void {
    this.#working -= 1;
    lane.busy = false;
    if (lane.waiting.length > 0 && this.#open) this.#ready.push(key);
    else if (lane.waiting.length === 0) this.#lanes.delete(key);
    this.#fill();
    if (this.#isIdle()) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}
