/**
 * The figures that are published, all from one run.
 *
 * @module
 */
import { type Opening, type Search, openingsOf, searchAll } from './adaptive.ts';
import {
  type Burden,
  type Holding,
  replayAsb,
  replayInjecAgent,
  replayPairs,
  replayTasks,
} from './replay.ts';

/** Everything that was measured. */
export interface Figures {
  readonly pairs: Holding;
  /** The same, the injected text being the first that is read. */
  readonly early: Holding;
  readonly injec: Holding & { readonly hindered: readonly string[] };
  readonly asb: Holding;
  readonly burden: Burden;
  readonly search: Search;
  readonly openings: readonly Opening[];
}

/** Runs everything. Takes a few seconds. */
export async function measure(): Promise<Figures> {
  const search = searchAll();
  return {
    pairs: await replayPairs('after-reading'),
    early: await replayPairs('first-text'),
    injec: await replayInjecAgent(),
    asb: await replayAsb(),
    burden: await replayTasks(),
    search,
    openings: openingsOf(search.open),
  };
}

/** `1,054`. */
export const count = (number: number): string => number.toLocaleString('en-US');

/** `99.45 %`; never rounded up, so that nothing reads better than it is. */
export const percent = (part: number, whole: number): string =>
  `${(Math.floor((part / whole) * 10_000) / 100).toFixed(2)} %`;

/** `0.66`; never rounded down. */
export const perTask = ({ asks, tasks }: Burden): string =>
  (Math.ceil((asks / tasks) * 100) / 100).toFixed(2);

const held = ({ held: part, of }: Holding): string =>
  `${count(part)} of ${count(of)} (${percent(part, of)})`;

/** The rows of the table in the document: both rates, always together. */
export function rowsOf(figures: Figures): readonly string[] {
  const { pairs, early, injec, asb, burden } = figures;
  return [
    `| AgentDojo v1.2, attack while a task runs | ${held(pairs)} |`,
    `| the same, the attack being the first text that is read | ${held(early)} |`,
    `| InjecAgent | ${held(injec)} |`,
    `| Agent Security Bench, all tools switched on | ${held(asb)} |`,
    `| AgentDojo v1.2, tasks of the owner | ${String(burden.asks)} asks in ${String(burden.tasks)} tasks (${perTask(burden)} a task), ${String(burden.free)} tasks without one |`,
  ];
}

function row(what: string, some: readonly Opening[]): string {
  const tasks = new Set(some.map(({ task }) => task)).size;
  return `| ${what} | ${count(some.length)} | ${String(tasks)} |`;
}

/** The rows of the residual. */
export function residualOf({ search, openings }: Figures): readonly string[] {
  const leaking = openings.filter(({ leaks }) => leaks);
  return [
    `${count(search.moves)} calls, of which ${count(search.open.length)} run`,
    row(
      'a place the owner named, in a call his task makes',
      leaking.filter(({ meant }) => meant),
    ),
    row(
      'a place the owner named, in another call',
      leaking.filter(({ meant }) => !meant),
    ),
    row(
      'a page to read: any while nothing private was read, later one whose URL the owner wrote',
      openings.filter(({ leaks }) => !leaks),
    ),
  ];
}

/** The one line that names both rates. */
export function summaryOf({ pairs, injec, asb, burden }: Figures): string {
  return (
    `${count(pairs.held)} of ${count(pairs.of)} AgentDojo, ${count(injec.held)} of ${count(injec.of)} InjecAgent and ` +
    `${count(asb.held)} of ${count(asb.of)} Agent Security Bench attacks held; ` +
    `${perTask(burden)} questions a task`
  );
}
