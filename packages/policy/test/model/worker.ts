/**
 * Checks claims in a thread of its own, on the sources as they are or with one deliberate bug.
 *
 * Every check loads the package afresh: module addresses carry the number of the check, and the
 * bug is put into the text of its file before the types are stripped.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import type { Answer, Question } from './laboratory.ts';
import { type Claim, Counterexample, type Mutant, Run } from './explorer.ts';

const PACKAGE = new URL('../../', import.meta.url).href;
const stripped = new Map<string, string>();
const mutants = new Map<string, Mutant>();
const applied = new Set<string>();

function runOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : /\?run=(\d+)$/.exec(url)?.[1];
}

/** The text of a module with the bug of this run, if the module is the one to hold it. */
function sourceOf(url: string, run: string): string {
  const [plain = ''] = url.split('?');
  const mutant = mutants.get(run);
  const known = stripped.get(plain);
  const isTarget = mutant !== undefined && plain === PACKAGE + mutant.file;
  if (known !== undefined && !isTarget) return known;
  const text = readFileSync(fileURLToPath(plain), 'utf8');
  if (!isTarget) {
    const code = stripTypeScriptTypes(text);
    stripped.set(plain, code);
    return code;
  }
  const count = text.split(mutant.find).length - 1;
  if (count !== 1) {
    throw new Error(`${mutant.claim}/${mutant.id}: "${mutant.find}" occurs ${count} times`);
  }
  applied.add(run);
  return stripTypeScriptTypes(text.replace(mutant.find, () => mutant.replace));
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    const run = runOf(context.parentURL);
    const ours = found.url.startsWith(PACKAGE) && !found.url.includes('/node_modules/');
    // One explorer for all runs, so that its classes are the same for everybody.
    if (run === undefined || !ours || found.url.endsWith('/explorer.ts')) return found;
    return { ...found, url: `${found.url.replace(/\?.*$/, '')}?run=${run}`, format: 'module' };
  },
  load(url, context, nextLoad) {
    const run = runOf(url);
    if (run === undefined) return nextLoad(url, context);
    return { format: 'module', shortCircuit: true, source: sourceOf(url, run) };
  },
});

async function answer({ area, claim: id, mutant, long, number }: Question): Promise<Answer> {
  const run = String(number);
  if (mutant !== undefined) mutants.set(run, mutant);
  const module: { readonly claims: readonly Claim[] } = await import(
    `./claims/${area}.ts?run=${run}`
  );
  const claim = module.claims.find((each) => each.id === id);
  if (claim === undefined) throw new Error(`no claim ${id}`);
  if (mutant !== undefined && !applied.has(run)) throw new Error(`${mutant.file} is not loaded`);
  const visited = new Run(long);
  const start = performance.now();
  let counterexample: Answer['counterexample'];
  try {
    claim.check(visited);
  } catch (error) {
    if (!(error instanceof Counterexample)) throw error;
    counterexample = { broken: error.message, trace: error.trace };
  }
  const { cases, states, transitions } = visited;
  const ms = Math.round(performance.now() - start);
  return { number, cases, states, transitions, ms, ...(counterexample && { counterexample }) };
}

parentPort?.on('message', (question: Question) => {
  answer(question).then(
    (found) => parentPort?.postMessage(found),
    (error: unknown) =>
      parentPort?.postMessage({ number: question.number, failure: String(error) }),
  );
});
