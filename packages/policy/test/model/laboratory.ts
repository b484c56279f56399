/**
 * Turns the claims and mutants of an area into tests: every claim holds, every mutant is caught.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Claim, Mutant } from './explorer.ts';

/** One check to make. */
export interface Question {
  readonly number: number;
  readonly area: string;
  readonly claim: string;
  readonly mutant?: Mutant;
  readonly long: boolean;
}

/** What a check visited, and where the claim broke. */
export interface Answer {
  readonly number: number;
  readonly cases: number;
  readonly states: number;
  readonly transitions: number;
  readonly ms: number;
  readonly counterexample?: { readonly broken: string; readonly trace: readonly unknown[] };
}

const LONG = process.env['PORTCULLIS_LONG'] === '1';
const TIMEOUT_MS = LONG ? 3_600_000 : 120_000;
const REPORTS = new URL('../../node_modules/.cache/claims/', import.meta.url);

/** A thread that answers one question after the other. */
class Laboratory {
  private readonly worker: Worker = new Worker(new URL('worker.ts', import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  private asked = 0;

  ask(question: Omit<Question, 'number' | 'long'>): Promise<Answer> {
    this.asked += 1;
    const number = this.asked;
    return new Promise((resolve, reject) => {
      const settle = (found: Answer & { readonly failure?: string }) => {
        if (found.number !== number) return;
        this.worker.off('message', settle);
        this.worker.off('error', reject);
        if (found.failure === undefined) resolve(found);
        else reject(new Error(found.failure));
      };
      this.worker.on('message', settle);
      this.worker.on('error', reject);
      this.worker.postMessage({ ...question, number, long: LONG });
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

interface ClaimReport extends Answer {
  readonly claim: string;
  readonly mutants: Record<string, Pick<Answer, 'ms' | 'counterexample'>>;
}

function writeReport(area: string, reports: readonly ClaimReport[]): void {
  mkdirSync(REPORTS, { recursive: true });
  const name = LONG ? `${area}.long.json` : `${area}.json`;
  writeFileSync(new URL(name, REPORTS), `${JSON.stringify(reports, null, 1)}\n`);
  for (const { claim, cases, states, transitions, ms, mutants } of reports) {
    const caught = Object.values(mutants).filter((each) => each.counterexample).length;
    const visited = `${cases} cases, ${states} states, ${transitions} transitions`;
    process.stdout.write(`${claim}: ${visited}, ${ms} ms, ${caught} mutants caught\n`);
  }
}

/** Registers the tests of one area, whose claims stand in `claims/<area>.ts`. */
export function testClaims(
  area: string,
  claims: readonly Claim[],
  mutants: readonly Mutant[],
): void {
  describe(`claims about ${area}`, () => {
    const reports: ClaimReport[] = [];
    let laboratory: Laboratory;
    beforeAll(() => {
      laboratory = new Laboratory();
    });
    afterAll(async () => {
      await laboratory.close();
      writeReport(area, reports);
    });
    describe.each(claims)('$id', ({ id, sentence }) => {
      const caught: Record<string, Pick<Answer, 'ms' | 'counterexample'>> = {};
      test(`${id}: ${sentence}`, { timeout: TIMEOUT_MS }, async () => {
        const report = await laboratory.ask({ area, claim: id });
        reports.push({ ...report, claim: id, mutants: caught });
        expect(report.counterexample).toBeUndefined();
        expect(report.cases + report.transitions).toBeGreaterThan(0);
      });
      const own = mutants.filter(({ claim }) => claim === id);
      test(`${id} has two mutants`, () => {
        expect(own.map((mutant) => mutant.id)).toEqual(['M1', 'M2']);
      });
      test.each(own)('$claim/$id is caught', { timeout: TIMEOUT_MS }, async (mutant) => {
        const { ms, counterexample } = await laboratory.ask({ area, claim: id, mutant });
        expect(counterexample).toBeDefined();
        caught[mutant.id] = { ms, ...(counterexample && { counterexample }) };
      });
    });
    test('every mutant belongs to a claim', () => {
      const ids = new Set(claims.map(({ id }) => id));
      expect(mutants.filter(({ claim }) => !ids.has(claim))).toEqual([]);
    });
  });
}
