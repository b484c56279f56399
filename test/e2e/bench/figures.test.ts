/**
 * The gateway stays as light and as fast as it is: a short run of the benchmark over the built
 * program. A figure fails here only beyond twice its target, and where something else keeps the
 * machine busy (other tests do), beyond as much more as that slows two threads down.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const BENCH = fileURLToPath(new URL('../../../bench/run.mjs', import.meta.url));
const BUILT = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));
const SLACK = 2;
/** A figure that misses is measured again: only one that misses every time fails. */
const TRIES = 3;

interface Figure {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly better: 'less' | 'more';
  readonly target: number;
}

interface Report {
  readonly machine: string;
  readonly loadBefore: number;
  readonly contentionBefore: number;
  readonly contentionAfter: number;
  readonly figures: readonly Figure[];
  readonly gateway: Readonly<Record<string, number>>;
}

async function measure(names: string): Promise<Report> {
  const args = [BENCH, 'gateway', '--short', '--json', '--only', names];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Report;
}

/** How far a value is from its target; 1 reaches it, more is worse. */
function distance({ better, target }: Figure, value: number): number {
  return better === 'less' ? value / target : target / value;
}

/** The best of what was measured of one figure. */
interface Taken {
  readonly figure: Figure;
  readonly value: number;
  /** Its distance from the target, less what the machine's other work accounts for. */
  readonly miss: number;
}

describe.skipIf(!existsSync(BUILT))('beyond twice its target is', () => {
  const best = new Map<string, Taken>();
  let known = 0;

  async function take(names: string): Promise<void> {
    const { figures, gateway, machine, ...busy } = await measure(names);
    known = figures.length;
    const slowdown = Math.max(busy.contentionBefore, busy.contentionAfter);
    for (const figure of figures) {
      const value = gateway[figure.id];
      if (value === undefined) continue;
      const miss = distance(figure, value) / slowdown;
      if ((best.get(figure.id)?.miss ?? Infinity) <= miss) continue;
      best.set(figure.id, { figure, value, miss });
      const { what, target, unit } = figure;
      const text = `${what}: ${value.toPrecision(3)} ${unit} (target ${String(target)})`;
      process.stdout.write(`${text}; ${machine}, slowed ${String(slowdown)} times\n`);
    }
  }

  beforeAll(async () => {
    const groups = [
      'lifecycle',
      'size',
      'turns',
      'tools',
      'commands',
      'requests',
      'inbox',
      'crowd',
      'channels',
    ];
    for (const group of groups) {
      for (let tries = 0; tries < TRIES; tries += 1) {
        await take(group);
        if ([...best.values()].every(({ figure, value }) => distance(figure, value) <= SLACK))
          break;
      }
    }
  }, 400_000);

  test('no figure', () => {
    const beyond = [...best.values()]
      .filter(({ miss }) => miss > SLACK)
      .map(({ figure, value }) => `${figure.what}: ${value.toPrecision(3)} ${figure.unit}`);
    expect(known).toBeGreaterThan(24);
    expect(best.size).toBe(known);
    expect(beyond).toEqual([]);
  });
});
