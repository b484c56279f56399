/**
 * The config as decisions read it: a private copy plus what was worked out from it.
 *
 * Lists become sets the first time a decision reads them and are kept with the copy, so that a
 * decision costs the same for ten allowed senders and for a hundred thousand. Nothing outlives
 * the copy: another config is another compilation.
 *
 * @module
 */
import type { Pattern } from '../pattern/pattern.ts';
import type { SenderList } from '../ingress/sender-list.ts';
import type { ToolList } from '../tools/tool-list.ts';
import { isObject } from '../setting.ts';

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

/** A config and everything worked out from it. */
export interface CompiledConfig {
  /** The config, or null when it could not be read; then every decision is `config.invalid`. */
  readonly root: unknown;
  readonly senderLists: Memo<SenderList>;
  readonly patterns: Memo<readonly Pattern[]>;
  /** Normalised key to own key, for maps whose keys compare by a normal form. */
  readonly keyIndexes: Memo<ReadonlyMap<string, string>>;
  /** Linked identity to its canonical name. */
  readonly identityLinks: Memo<ReadonlyMap<string, string>>;
  readonly nameSets: Memo<ReadonlySet<string>>;
  readonly toolLists: Memo<ToolList>;
}

/** Compiles `root` as it is. The caller promises not to change it while the result is in use. */
export function compileInPlace(root: unknown): CompiledConfig {
  return {
    root,
    senderLists: new Memo(),
    patterns: new Memo(),
    keyIndexes: new Memo(),
    identityLinks: new Memo(),
    nameSets: new Memo(),
    toolLists: new Memo(),
  };
}

/** Compiles a private, frozen copy of `config`, so that later changes to it have no effect. */
export function compileConfig(config: unknown): CompiledConfig {
  try {
    return compileInPlace(copy(config, 0));
  } catch {
    return compileInPlace(null);
  }
}

/** Deeper than any real config, and shallow enough for the stack. A cyclic value ends here too. */
const MAX_DEPTH = 100;

function copy(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('config is nested too deeply');
  if (Array.isArray(value)) {
    return Object.freeze(Array.from(value, (entry: unknown) => copy(entry, depth + 1)));
  }
  if (!isObject(value)) return value;
  // Object.fromEntries defines own properties, also for a key such as `__proto__`.
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copy(entry, depth + 1)])),
  );
}
