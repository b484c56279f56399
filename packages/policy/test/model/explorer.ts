/**
 * A small model checker: it visits every state of a bounded model, or every case of a bounded
 * product of inputs, and stops at the first one that breaks a claim.
 *
 * The search is breadth first, so the trace of a broken claim is a shortest one.
 *
 * @module
 */

/** A claim about the shipped code, and how it is checked within its bounds. */
export interface Claim {
  readonly id: string;
  readonly sentence: string;
  /** What is visited; what `PORTCULLIS_LONG=1` adds is said here too. */
  readonly bounds: string;
  /** Throws a {@link Counterexample} where the claim does not hold. */
  check(run: Run): void;
}

/** A deliberate bug: one edit of one file. `find` occurs exactly once in it. */
export interface Mutant {
  readonly claim: string;
  readonly id: 'M1' | 'M2';
  /** Relative to the package. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A case or trace that breaks a claim. */
export class Counterexample extends Error {
  readonly trace: readonly unknown[];

  constructor(broken: string, trace: readonly unknown[]) {
    super(broken);
    this.trace = trace;
  }
}

/** Counts what a check visits, and judges each case. */
export class Run {
  /** Inputs decided. */
  cases = 0;
  /** Distinct states reached. */
  states = 0;
  transitions = 0;
  /** True for the full bounds. */
  readonly long: boolean;

  constructor(long: boolean) {
    this.long = long;
  }

  /** Counts one case, which breaks the claim unless `holds`. */
  expect(holds: boolean, broken: string, ...trace: readonly unknown[]): void {
    this.cases += 1;
    if (!holds) throw new Counterexample(broken, trace);
  }
}

/** A machine whose states are plain JSON. */
export interface Machine<State, Action> {
  readonly initial: readonly State[];
  /** Longest trace. */
  readonly depth: number;
  actions(state: State): readonly Action[];
  /** The state after `action`, or what the step breaks. */
  step(state: State, action: Action): { readonly state: State; readonly broken?: string };
}

interface Visited<State, Action> {
  readonly state: State;
  readonly from?: Visited<State, Action>;
  readonly action?: Action;
}

/** Visits every state of `machine`, shortest traces first. */
export function explore<State, Action>(machine: Machine<State, Action>, run: Run): void {
  const seen = new Set<string>();
  let frontier: Visited<State, Action>[] = [];
  const visit = (found: Visited<State, Action>, to: Visited<State, Action>[]) => {
    const key = canonical(found.state);
    if (seen.has(key)) return;
    seen.add(key);
    run.states += 1;
    to.push(found);
  };
  for (const state of machine.initial) visit({ state }, frontier);
  for (let depth = 0; depth < machine.depth && frontier.length > 0; depth += 1) {
    const next: Visited<State, Action>[] = [];
    for (const from of frontier) {
      for (const action of machine.actions(from.state)) {
        run.transitions += 1;
        const { state, broken } = machine.step(from.state, action);
        const reached = { state, from, action };
        if (broken !== undefined) throw new Counterexample(broken, traceOf(reached));
        visit(reached, next);
      }
    }
    frontier = next;
  }
}

function traceOf<State, Action>(reached: Visited<State, Action>): readonly unknown[] {
  const actions: unknown[] = [];
  let at: Visited<State, Action> | undefined = reached;
  for (; at?.from !== undefined; at = at.from) actions.unshift(at.action);
  return [{ initial: at?.state }, ...actions];
}

/** JSON with sorted keys, so that equal states have one text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`);
  return `{${fields.join(',')}}`;
}

/** Every combination of one element of each list; the last list turns fastest. */
export function* product<const Lists extends readonly (readonly unknown[])[]>(
  ...lists: Lists
): Generator<{ readonly [Index in keyof Lists]: Lists[Index][number] }> {
  type Row = { readonly [Index in keyof Lists]: Lists[Index][number] };
  const at = lists.map(() => 0);
  if (lists.some((list) => list.length === 0)) return;
  for (;;) {
    yield lists.map((list, index) => list[at[index] ?? 0]) as unknown as Row;
    let turn = lists.length - 1;
    for (; turn >= 0; turn -= 1) {
      at[turn] = (at[turn] ?? 0) + 1;
      if ((at[turn] ?? 0) < (lists[turn]?.length ?? 0)) break;
      at[turn] = 0;
    }
    if (turn < 0) return;
  }
}

/** The object without its undefined fields: absent is really absent. */
export function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, each]) => each !== undefined));
}

const RANKS: Readonly<Record<string, number>> = { allow: 3, ask: 2, pair: 1, ignore: 0, deny: 0 };

/** How much a decision lets through: allow 3, ask 2, pair 1, ignore and deny 0. */
export function rank(decision: { readonly effect: string }): number {
  return RANKS[decision.effect] ?? Number.POSITIVE_INFINITY;
}
