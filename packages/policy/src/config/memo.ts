/**
 * Working something out once.
 *
 * A compiled config keeps what its decisions work out from it, so that the second decision about a
 * place costs a few look-ups. Nothing kept here can change an answer: it is a function of the
 * config alone, and what could not be worked out (a setting that cannot be read) is tried again.
 *
 * @module
 */

/** Values worked out from objects of one config, by object and tag. */
export class Memo<Value> {
  private readonly byObject: WeakMap<object, Map<string, Value>> = new WeakMap();

  /** The value for `(key, tag)`, made by `make` the first time. What `make` throws is not kept. */
  get(key: object, tag: string, make: () => Value): Value {
    let byTag = this.byObject.get(key);
    if (byTag === undefined) {
      byTag = new Map();
      this.byObject.set(key, byTag);
    }
    const known = byTag.get(tag);
    if (known !== undefined) return known;
    const value = make();
    byTag.set(tag, value);
    return value;
  }
}

/** How many places of one kind are remembered at most. */
const MOST = 4096;

/**
 * Values by an id that comes from outside. It forgets everything when it is full, so that nobody
 * makes it grow by inventing ids.
 */
export class Recent<Key, Value> {
  private readonly values: Map<Key, Value> = new Map();

  get(key: Key): Value | undefined {
    return this.values.get(key);
  }

  /** Remembers `value` and returns it. */
  keep(key: Key, value: Value): Value {
    if (this.values.size >= MOST) this.values.clear();
    this.values.set(key, value);
    return value;
  }
}

/** `make`, called when first asked and not again. What it throws is not kept. */
export function lazily<Value>(make: () => Value): () => Value {
  let made = false;
  let value: Value;
  return () => {
    if (!made) {
      value = make();
      made = true;
    }
    return value;
  };
}
