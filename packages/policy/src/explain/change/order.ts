/**
 * How open a setting is: for each kind of setting, which way a change goes. A value that cannot be
 * read counts as the most open one.
 *
 * @module
 */
import { sameData } from '../changed-key.ts';

/** What a change of one setting does, in words. Neither: it opens and closes nothing. */
export interface Step {
  readonly opens?: string;
  readonly closes?: string;
}

/** How open a setting is. */
export interface Order {
  /** Whether a setting that is absent has the value of the section above it. */
  readonly inherits: boolean;
  /** Which way a change goes. */
  readonly step: (before: unknown, after: unknown) => Step;
}

/** Entries of a list that are told by name. */
const MOST_ENTRIES = 6;
const MOST_LETTERS = 120;

/** Neither opens nor closes. */
export const plain: Order = { inherits: false, step: () => ({}) };

/** Decided by asking the policy about everybody, which sees more than one setting can tell. */
export const asked: Order = { inherits: false, step: () => ({}) };

/** Words from the closed to the open; those of one group cannot be compared, so a change opens. */
export function words(groups: readonly (readonly string[])[], absent: string): Order {
  const rank = (word: unknown) => groups.findIndex((group) => group.some((each) => each === word));
  const step: Order['step'] = (before, after) => {
    const [from, to] = [before ?? absent, after ?? absent];
    if (from === to) return {};
    const [was, is] = [rank(from), rank(to)];
    const text = `${show(from, was >= 0)} -> ${show(to, is >= 0)}`;
    return was >= 0 && is >= 0 && is < was ? { closes: text } : { opens: text };
  };
  return { inherits: true, step };
}

/** A switch. `open` is its open position, `absent` the one it has when nothing is written. */
export function flag(open: boolean, absent: boolean): Order {
  const step: Order['step'] = (before, after) => {
    const [from, to] = [before ?? absent, after ?? absent];
    if (from === to) return {};
    const text = `${show(from)} -> ${show(to)}`;
    return to === !open && from === open ? { closes: text } : { opens: text };
  };
  return { inherits: true, step };
}

/** A switch that may be on when nothing is written: only switching it off closes. */
export const consent: Order = {
  inherits: false,
  step: (before, after) => {
    const text = `${show(before)} -> ${show(after)}`;
    return after === false ? { closes: text } : { opens: text };
  },
};

/** A number of which more (or less) is more open. `absent`: what holds without it. */
export function amount(open: 'more' | 'less', absent: number): Order {
  const step: Order['step'] = (before, after) => {
    const [from, to] = [before ?? absent, after ?? absent];
    if (from === to) return {};
    const isRead = typeof from === 'number' && typeof to === 'number';
    const rises = isRead && to > from === (open === 'more');
    const text = `${show(from)} -> ${show(to)}`;
    return isRead && !rises ? { closes: text } : { opens: text };
  };
  return { inherits: true, step };
}

/**
 * A list of which more (or less) is more open. `absent`: whom a list that is not there lets in. An
 * empty list always lets nobody in.
 */
export function list(open: 'more' | 'less', absent: 'none' | 'all' = 'none'): Order {
  const step: Order['step'] = (before, after) => {
    const [from, to] = [entriesOf(before), entriesOf(after)];
    if (from === undefined || to === undefined) return { opens: 'is changed' };
    if (absent === 'all' && (before === undefined || after === undefined)) {
      if (before === after) return {};
      const limited = { text: 'is limited to a list', isOpen: false };
      const lifted = { text: 'is no longer limited to a list', isOpen: true };
      const { text, isOpen } = after === undefined ? lifted : limited;
      return isOpen ? { opens: text } : { closes: text };
    }
    const added = to.filter((entry) => !from.some((each) => sameData(each, entry)));
    const removed = from.filter((entry) => !to.some((each) => sameData(each, entry)));
    const adds = added.length === 0 ? undefined : `adds ${listed(added)}`;
    const drops = removed.length === 0 ? undefined : `removes ${listed(removed)}`;
    const [opens, closes] = open === 'more' ? [adds, drops] : [drops, adds];
    return {
      ...(opens === undefined ? {} : { opens }),
      ...(closes === undefined ? {} : { closes }),
    };
  };
  return { inherits: false, step };
}

/** Things of which each one opens something: a new or changed one opens, one that is gone closes. */
export const entries: Order = {
  inherits: false,
  step: (before, after) => {
    const [from, to] = [entriesOf(before), entriesOf(after)];
    if (from === undefined || to === undefined) return { opens: 'is changed' };
    const fresh = to.filter((entry) => !from.some((each) => sameData(each, entry))).length;
    const gone = from.filter((entry) => !to.some((each) => sameData(each, entry))).length;
    return {
      ...(fresh === 0 ? {} : { opens: `${fresh} new or changed` }),
      ...(gone === 0 ? {} : { closes: `${gone} gone or changed` }),
    };
  },
};

/** Names something else: what it led to before is closed, what it leads to now is opened. */
export const pointer: Order = {
  inherits: false,
  step: (before, after) => {
    if (before === undefined) return { opens: 'is set' };
    if (after === undefined) return { closes: 'is removed' };
    return { opens: 'is changed' };
  },
};

/** Lets in whoever knows it; without it another one may count, so that every change opens. */
export const credential: Order = {
  inherits: false,
  step: (before, after) => ({
    opens: before === undefined ? 'is set' : after === undefined ? 'is removed' : 'is changed',
  }),
};

/** Opens by being there; what it says may be renewed. */
export const presence: Order = {
  inherits: false,
  step: (before, after) => {
    if (before === undefined) return { opens: 'is set' };
    return after === undefined ? { closes: 'is removed' } : {};
  },
};

/** Nobody said what this one does. */
export const unknown: Order = {
  inherits: false,
  step: (before, after) => ({
    opens: before === undefined ? 'is set' : after === undefined ? 'is removed' : 'is changed',
  }),
};

function entriesOf(value: unknown): readonly unknown[] | undefined {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : undefined;
}

function show(value: unknown, isWord = true): string {
  if (value === undefined) return 'not set';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (value === Number.POSITIVE_INFINITY) return 'no limit';
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && isWord ? value : 'something else';
}

function listed(values: readonly unknown[]): string {
  const names = values.slice(0, MOST_ENTRIES).map(name);
  const more = values.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** An entry by its text, unless it is long or may carry a password. */
function name(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const isShort = typeof value === 'string' && value.length <= MOST_LETTERS;
  return isShort && !/:\/\/[^/\s]*@/u.test(value) ? value : 'an entry';
}
