/**
 * What must hold of a config, as people write it down, and what is wrong with what they wrote.
 *
 * @module
 */
import { WHO, type Who } from '../explain/asker.ts';
import { type JsonObject, isObject } from '../setting.ts';

/** For whom and where an invariant speaks. What is left out is not limited. */
export interface Scope {
  readonly who?: readonly Who[];
  readonly channel?: string;
  readonly account?: string;
  readonly where?: 'direct' | 'room';
  /** Ids of rooms. */
  readonly room?: readonly string[];
  /** Ids of senders, in the spelling of their channel. */
  readonly person?: readonly string[];
  readonly agent?: string;
  /** What the session has seen at least. */
  readonly seen?: Seen;
}

/** What a session has seen. */
export interface Seen {
  /** The worst author of anything in it. */
  readonly from?: 'owner' | 'trusted' | 'member' | 'external';
  readonly private?: readonly ('workspace' | 'memory' | 'secret' | 'conversation')[];
}

/** One thing that must hold. */
export type Invariant = {
  /** What reports call it. */
  readonly name: string;
} & (
  | {
      /** `never`: not even on asking; `neverWithoutAsking`: not without; `always`: freely; `only`: no other tool. */
      readonly kind: 'never' | 'neverWithoutAsking' | 'always' | 'only';
      readonly scope: Scope;
      /** Capabilities, tools, `group:<name>` or `*`. */
      readonly reach: readonly string[];
    }
  /** Nobody in the scope reaches anything at all. */
  | { readonly kind: 'denied'; readonly scope: Scope }
  /** Grants nothing that the other config does not grant; grants exactly what it grants. */
  | { readonly kind: 'grantsAtMost' | 'sameAs'; readonly scope: Scope; readonly config: string }
);

/** Something that is wrong with a document of invariants, and where. */
export interface InvariantFault {
  /** `invariants[2].never.who`. */
  readonly path: string;
  readonly message: string;
}

/** A document of invariants after reading. With faults it must not be used. */
export interface ReadInvariants {
  readonly invariants: readonly Invariant[];
  readonly faults: readonly InvariantFault[];
}

const REACHING = ['never', 'neverWithoutAsking', 'always', 'only'] as const;
const RELATING = ['grantsAtMost', 'sameAs'] as const;
const KINDS: readonly string[] = [...REACHING, 'denied', ...RELATING];
const FROM = ['owner', 'trusted', 'member', 'external'] as const;
const PRIVATE = ['workspace', 'memory', 'secret', 'conversation'] as const;

/**
 * Reads a parsed document: `{ "invariants": [ { "name", "never": { "who", "reach" } }, ... ] }`.
 * `capabilities` are the ids that can be reached; anything else that is named is a fault, because
 * an invariant about nothing always holds.
 */
export function readInvariants(
  document: unknown,
  capabilities: readonly { readonly id: string; readonly group: string }[],
): ReadInvariants {
  const reader = new Reader(capabilities);
  const invariants = reader.document(document);
  return { invariants, faults: reader.faults };
}

class Reader {
  readonly faults: InvariantFault[] = [];
  readonly #known: ReadonlySet<string>;

  constructor(capabilities: readonly { readonly id: string; readonly group: string }[]) {
    this.#known = new Set([
      '*',
      ...capabilities.map(({ id }) => id),
      ...capabilities.map(({ group }) => `group:${group}`),
    ]);
  }

  document(value: unknown): readonly Invariant[] {
    const root = this.#object(value, '', ['invariants']);
    const list = root === undefined ? undefined : own(root, 'invariants');
    if (!Array.isArray(list)) {
      if (root !== undefined) this.#fault('invariants', 'must be a list of invariants.');
      return [];
    }
    if (list.length === 0) this.#fault('invariants', 'is empty: nothing would be checked.');
    return list.flatMap((each: unknown, index) => {
      const invariant = this.#invariant(each, `invariants[${String(index)}]`, index);
      return invariant === undefined ? [] : [invariant];
    });
  }

  #invariant(value: unknown, path: string, index: number): Invariant | undefined {
    const body = this.#object(value, path, ['name', ...KINDS]);
    if (body === undefined) return undefined;
    const kinds = KINDS.filter((kind) => own(body, kind) !== undefined);
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) {
      this.#fault(path, `needs exactly one of: ${KINDS.join(', ')}.`);
      return undefined;
    }
    const given = own(body, 'name') === undefined ? undefined : this.#text(body, 'name', path);
    const name = given ?? `${kind} ${String(index + 1)}`;
    const at = `${path}.${kind}`;
    const relation = RELATING.find((each) => each === kind);
    if (relation !== undefined) return this.#relation(name, relation, own(body, kind), at);
    const reaching = REACHING.find((each) => each === kind);
    const keys = reaching === undefined ? SCOPE_KEYS : [...SCOPE_KEYS, 'reach'];
    const about = this.#object(own(body, kind), at, keys);
    if (about === undefined) return undefined;
    const scope = this.#scope(about, at);
    if (reaching === undefined) return { name, kind: 'denied', scope };
    return { name, kind: reaching, scope, reach: this.#reach(about, at) };
  }

  #relation(
    name: string,
    kind: 'grantsAtMost' | 'sameAs',
    value: unknown,
    path: string,
  ): Invariant | undefined {
    if (typeof value === 'string') return { name, kind, scope: {}, config: value };
    const about = this.#object(value, path, [...SCOPE_KEYS, 'config']);
    if (about === undefined) return undefined;
    const config = this.#text(about, 'config', path) ?? '';
    return { name, kind, scope: this.#scope(about, path), config };
  }

  #scope(about: JsonObject, path: string): Scope {
    const where = this.#choice(about, 'where', path, ['direct', 'room'] as const);
    const seen = own(about, 'seen');
    const fields = {
      who: this.#choices(about, 'who', path, WHO),
      channel: this.#optionalText(about, 'channel', path),
      account: this.#optionalText(about, 'account', path)?.trim().toLowerCase(),
      where,
      room: this.#texts(about, 'room', path),
      person: this.#texts(about, 'person', path),
      agent: this.#optionalText(about, 'agent', path)?.trim().toLowerCase(),
      seen: seen === undefined ? undefined : this.#seen(seen, `${path}.seen`),
    };
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    return Object.fromEntries(given) as Scope;
  }

  #seen(value: unknown, path: string): Seen {
    const body = this.#object(value, path, ['from', 'private']);
    if (body === undefined) return {};
    const from = this.#choice(body, 'from', path, FROM);
    const classes = this.#choices(body, 'private', path, PRIVATE);
    return {
      ...(from === undefined ? {} : { from }),
      ...(classes === undefined ? {} : { private: classes }),
    };
  }

  #reach(about: JsonObject, path: string): readonly string[] {
    const names = this.#texts(about, 'reach', path);
    if (names === undefined || names.length === 0) {
      this.#fault(`${path}.reach`, 'must name at least one tool, group or capability.');
      return [];
    }
    for (const name of names) {
      if (this.#known.has(name)) continue;
      this.#fault(`${path}.reach`, `names "${name}", which nothing is called.`);
    }
    return names;
  }

  #object(value: unknown, path: string, keys: readonly string[]): JsonObject | undefined {
    if (!isObject(value)) {
      this.#fault(path, 'must be an object.');
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (keys.includes(key)) continue;
      const at = path === '' ? key : `${path}.${key}`;
      this.#fault(at, `is not known here. Known are: ${keys.join(', ')}.`);
    }
    return value;
  }

  #text(holder: JsonObject, key: string, path: string): string | undefined {
    const value = own(holder, key);
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.#fault(`${path}.${key}`, 'must be text.');
    return undefined;
  }

  #optionalText(holder: JsonObject, key: string, path: string): string | undefined {
    return own(holder, key) === undefined ? undefined : this.#text(holder, key, path);
  }

  /** One text, or a list of them. */
  #texts(holder: JsonObject, key: string, path: string): readonly string[] | undefined {
    const value = own(holder, key);
    if (value === undefined) return undefined;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > 0 && list.every((each) => typeof each === 'string' && each !== '')) {
      return list.filter((each) => typeof each === 'string');
    }
    this.#fault(`${path}.${key}`, 'must be text, or a list of texts that is not empty.');
    return undefined;
  }

  #choice<const Choice extends string>(
    holder: JsonObject,
    key: string,
    path: string,
    choices: readonly Choice[],
  ): Choice | undefined {
    const value = own(holder, key);
    const choice = choices.find((each) => each === value);
    if (value !== undefined && choice === undefined) {
      this.#fault(`${path}.${key}`, `must be one of: ${choices.join(', ')}.`);
    }
    return choice;
  }

  #choices<const Choice extends string>(
    holder: JsonObject,
    key: string,
    path: string,
    choices: readonly Choice[],
  ): readonly Choice[] | undefined {
    const texts = this.#texts(holder, key, path);
    if (texts === undefined) return undefined;
    const unknown = texts.find((text) => !choices.some((each) => each === text));
    if (unknown !== undefined) {
      this.#fault(`${path}.${key}`, `has "${unknown}"; it knows: ${choices.join(', ')}.`);
    }
    return choices.filter((each) => texts.includes(each));
  }

  #fault(path: string, message: string): void {
    this.faults.push({ path: path === '' ? '<root>' : path, message });
  }
}

const SCOPE_KEYS: readonly string[] = [
  'who',
  'channel',
  'account',
  'where',
  'room',
  'person',
  'agent',
  'seen',
];

function own(holder: JsonObject, key: string): unknown {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}
