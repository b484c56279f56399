/**
 * Ids that no decision can tell apart.
 *
 * Why one of each class is enough: decisions compare ids with the words of the config and with
 * nothing else, and only for equality. Take two ids that stand at exactly the same sites (in the
 * same lists, as keys of the same maps over equal values). Swapping them everywhere turns the
 * config into itself, so it turns every decision about the one into the decision about the other.
 * An id that stands nowhere is like every other id that stands nowhere: one that we make up, and
 * that the config does not contain, speaks for all strangers there are and ever will be.
 *
 * @module
 */

/** An id of the config and a site it stands at. */
export interface SitedId {
  readonly id: string;
  readonly site: string;
  /** The site is met in any case: keys of `toolsBySender`. Default false. */
  readonly anyCase?: boolean;
}

/** Ids that decisions cannot tell apart. */
export interface IdClass {
  /** The one that speaks for all. */
  readonly id: string;
  /** Those that the config contains; none for the class of strangers. */
  readonly members: readonly string[];
}

/** The classes of one kind of id: senders of a channel, its rooms, its accounts ... */
export class IdClasses {
  /** The class of strangers is the last one. */
  readonly classes: readonly IdClass[];
  readonly #exact: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #anyCase: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #bySites: ReadonlyMap<string, string>;
  readonly #stranger: string;

  /** `fresh` makes up ids, another one each time; the first that the config lacks is taken. */
  constructor(ids: Iterable<SitedId>, fresh: (attempt: number) => string) {
    const exact = new Map<string, Set<string>>();
    const anyCase = new Map<string, Set<string>>();
    for (const { id, site, anyCase: folds } of ids) {
      if (folds === true) add(anyCase, id.toLowerCase(), site);
      else add(exact, id, site);
      // So that an id which is only known in another case has its own place in the list below.
      if (!exact.has(id)) exact.set(id, new Set());
    }
    this.#exact = exact;
    this.#anyCase = anyCase;
    let attempt = 0;
    while (this.#knows(fresh(attempt))) attempt += 1;
    this.#stranger = fresh(attempt);
    const members = Map.groupBy(exact.keys(), (id) => this.#sitesOf(id));
    members.delete(this.#sitesOf(this.#stranger));
    this.classes = [
      ...[...members.values()].map((list) => ({ id: list[0] ?? this.#stranger, members: list })),
      { id: this.#stranger, members: [] },
    ];
    this.#bySites = new Map(this.classes.map(({ id }) => [this.#sitesOf(id), id]));
  }

  /** The id that speaks for `id`. */
  representative(id: string): string {
    return this.#bySites.get(this.#sitesOf(id)) ?? id;
  }

  /** True when the config says anything about `id`. */
  isNamed(id: string): boolean {
    return this.#sitesOf(id) !== '';
  }

  /** The id that speaks for everybody whom the config does not name. */
  get stranger(): string {
    return this.#stranger;
  }

  #knows(id: string): boolean {
    return this.#exact.has(id) || this.#anyCase.has(id.toLowerCase());
  }

  #sitesOf(id: string): string {
    const sites = [...(this.#exact.get(id) ?? []), ...(this.#anyCase.get(id.toLowerCase()) ?? [])];
    return [...new Set(sites)].toSorted().join('\n');
  }
}

function add(into: Map<string, Set<string>>, id: string, site: string): void {
  const sites = into.get(id);
  if (sites === undefined) into.set(id, new Set([site]));
  else sites.add(site);
}

/** Every choice of some of `items`, the empty one first. */
export function subsets<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const sets: (readonly Item[])[] = [[]];
  for (const item of items) sets.push(...sets.map((set) => [...set, item]));
  return sets;
}
