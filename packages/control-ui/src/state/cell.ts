/**
 * A value that tells when it changes: all the state management this page needs.
 *
 * @module
 */

/** A value and those who follow it. */
export interface Cell<T> {
  get(): T;
  set(value: T): void;
  /** Replaces the value by what `change` makes of it. */
  update(change: (value: T) => T): void;
  /** Calls `listener` after every change. Returns the way to stop. */
  follow(listener: () => void): () => void;
}

/** Makes a cell. Setting the value it has already tells nobody. */
export function createCell<T>(initial: T): Cell<T> {
  let current = initial;
  const listeners = new Set<() => void>();
  const set = (value: T): void => {
    if (Object.is(value, current)) return;
    current = value;
    for (const listener of listeners) listener();
  };
  return {
    get: () => current,
    set,
    update: (change) => set(change(current)),
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
