/**
 * Puts askers who are treated alike into rows. A row is a product: everybody in it, in every place
 * of it, on every account of it, so that it never says of two people what holds for one.
 *
 * @module
 */
import type { Asker, Variant } from './asker.ts';

/** Where an asker stands in a table. */
export interface Standing {
  /** Channel, or the door of the gateway. */
  readonly channel: string;
  readonly kind: 'direct' | 'group' | 'channel' | 'groupdm' | 'door';
  readonly account: string;
  /** Rooms, `*` for any that the config does not name, or the agent of a door. */
  readonly places: readonly string[];
  /** Ids of the config, `*` for anybody else. */
  readonly people: readonly string[];
}

/** What a row is about. */
export interface RowHead {
  /** Channel, or the door of the gateway: `operator`, `cron`, `webhook`, `subagent`. */
  readonly channel: string;
  readonly kind: Standing['kind'];
  readonly accounts: readonly string[];
  /** Rooms of the config, a topic as `<room>/<topic>`; `*` is any other one. Agents of a door. */
  readonly places: readonly string[];
  /** Ids of the config; none means everybody whom no other row names. */
  readonly people: readonly string[];
  /** Models, and `sandboxed`, that the row is limited to; none means any. */
  readonly variants: readonly string[];
}

/** Where `asker` stands. */
export function standingOf(asker: Asker): Standing {
  if (asker.kind === 'door') {
    const { door, agentId, trust } = asker;
    const scope = trust === 'owner' ? 'operator.admin' : 'operator.write';
    const people = [door === 'operator' ? scope : '*'];
    return { channel: door, kind: 'door', account: '', places: [agentId], people };
  }
  const { place, person } = asker.input;
  const facts = [
    ...person.roles.map((role) => `role ${role}`),
    ...person.audience.map((group) => `accessGroup:${group}`),
    ...(person.username === undefined ? [] : [`@${person.username}`]),
    ...(person.name === undefined ? [] : [`"${person.name}"`]),
  ];
  const ids = person.members.length === 0 ? ['*'] : person.members;
  return {
    channel: place.channel,
    kind: place.kind,
    account: place.accountId,
    places: place.labels,
    people: ids.map((each) => [each, ...facts].join(' ')),
  };
}

/** One asker on his way into a row. */
export interface RowAtom<Body> {
  /** Equal for askers who may share a row. */
  readonly alike: string;
  readonly standing: Standing;
  readonly variant: Variant;
  readonly body: Body;
}

interface Draft<Body> extends Dimensions {
  readonly atom: RowAtom<Body>;
}

interface Dimensions {
  readonly people: readonly string[];
  readonly places: readonly string[];
  readonly accounts: readonly string[];
  readonly variants: readonly string[];
}

const DIMENSIONS = ['people', 'places', 'accounts', 'variants'] as const;

/** The rows of `atoms`, in the order in which their first asker came. */
export function rowsOf<Body>(
  atoms: readonly RowAtom<Body>[],
  variants: readonly Variant[],
): readonly (RowHead & { readonly body: Body })[] {
  let drafts: readonly Draft<Body>[] = atoms.map((atom) => ({
    atom,
    people: atom.standing.people,
    places: atom.standing.places,
    accounts: [atom.standing.account],
    variants: [variantText(atom.variant)],
  }));
  for (const dimension of DIMENSIONS) drafts = joined(drafts, dimension);
  return drafts.map(({ atom, people, places, accounts, variants: limited }) => ({
    channel: atom.standing.channel,
    kind: atom.standing.kind,
    accounts: accounts.filter((id) => id !== ''),
    places,
    people: people.includes('*') ? [] : people,
    variants: limited.length === variants.length ? [] : limited,
    body: atom.body,
  }));
}

/** Joins drafts that differ in one dimension only. */
function joined<Body>(
  drafts: readonly Draft<Body>[],
  dimension: (typeof DIMENSIONS)[number],
): readonly Draft<Body>[] {
  const others = DIMENSIONS.filter((each) => each !== dimension);
  const groups = Map.groupBy(drafts, (draft) => {
    const { channel, kind } = draft.atom.standing;
    return JSON.stringify([
      draft.atom.alike,
      channel,
      kind,
      others.map((each) => draft[each].toSorted()),
    ]);
  });
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ ...first, [dimension]: [...new Set(group.flatMap((draft) => draft[dimension]))] }];
  });
}

function variantText({ provider, model, sandboxed }: Variant): string {
  const name = model === undefined ? (provider ?? 'other models') : `${provider ?? ''}/${model}`;
  return sandboxed === true ? `${name} sandboxed` : name;
}
