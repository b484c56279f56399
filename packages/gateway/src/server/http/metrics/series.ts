/**
 * Counters with labels, and their text in the Prometheus exposition format.
 *
 * Promises: a metric has a bounded number of label sets, whatever it is told; what comes beyond them is
 * counted under `other`.
 *
 * @module
 */

/** Label values of one series, by label. */
export type Labels = Readonly<Record<string, string>>;

/** Most label sets of one metric. */
const MOST_SERIES = 300;

/** One number under one set of labels. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** A metric as it is told. */
export interface Metric {
  /** Without the prefix that all of them have. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A number that only rises, under labels. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #series = new Map<string, { readonly labels: Labels; value: number }>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels, by = 1): void {
    const known = this.#find(labels);
    known.value += by;
  }

  #find(labels: Labels): { value: number } {
    const key = JSON.stringify(labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const isFull = this.#series.size >= MOST_SERIES;
    if (isFull && !isRest(labels)) {
      return this.#find(Object.fromEntries(Object.keys(labels).map((name) => [name, REST])));
    }
    const fresh = { labels, value: 0 };
    this.#series.set(key, fresh);
    return fresh;
  }

  get metric(): Metric {
    const samples = [...this.#series.values()];
    return { name: this.#name, type: 'counter', help: this.#help, samples };
  }
}

const REST = 'other';

function isRest(labels: Labels): boolean {
  return Object.values(labels).every((value) => value === REST);
}

/** All metrics as text. Those without a sample are left out. */
export function exposition(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const full = `portcullis_${name}`;
      const lines = samples.map(({ labels = {}, value }) => `${full}${labelText(labels)} ${value}`);
      return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines, ''].join('\n');
    })
    .join('');
}

function labelText(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  return `{${entries.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`;
}

/** A label value in one line, and never longer than a name is. */
function escaped(value: string): string {
  return value
    .slice(0, 128)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll(/\p{C}/gu, '?');
}
