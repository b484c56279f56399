/**
 * Which timers were made and are still waiting.
 *
 * @module
 */
import { createHook } from 'node:async_hooks';

/** Watches the timers of this process from now on. */
export interface TimerWatch {
  /** Ends the watch. Gives how many timers made since still keep the process alive after `ms`. */
  left(ms: number): Promise<number>;
}

function keepsAlive(timer: object): boolean {
  const hasRef: unknown = Reflect.get(timer, 'hasRef');
  return typeof hasRef === 'function' && hasRef.call(timer) === true;
}

/** Begins to watch. */
export function watchTimers(): TimerWatch {
  const timers = new Map<number, object>();
  const hook = createHook({
    init(id, type, _trigger, resource: object) {
      if (type === 'Timeout') timers.set(id, resource);
    },
    destroy(id) {
      timers.delete(id);
    },
  }).enable();
  const waiting = () => [...timers.values()].filter(keepsAlive).length;
  return {
    async left(ms) {
      const deadline = performance.now() + ms;
      while (waiting() > 0 && performance.now() < deadline) {
        // Its own timers keep nothing alive, so they are not counted.
        await new Promise((resolve) => setTimeout(resolve, 5).unref());
      }
      hook.disable();
      return waiting();
    },
  };
}
