/**
 * Decisions per second: ours, and with `peers` other libraries on the same rules in the same run.
 *
 * @module
 */
import { installPeers, peerEngines } from './peers.mjs';
import { plainSets, portcullis } from './portcullis.mjs';
import { questions } from './questions.mjs';

/**
 * A way to answer the question. `prepare` builds it for an allow list of `size` entries; `ask` puts
 * a question into the engine's own terms; `decide` answers it, or `decideLater` does where an
 * engine is asynchronous. Measured twice: `decide` alone, and `ask` with it, as a program meets it
 * that has nothing but the ids.
 *
 * @typedef {object} Engine
 * @property {string} name
 * @property {(size: number) => Prepared | Promise<Prepared>} prepare
 *
 * @typedef {object} Prepared
 * @property {(question: import('./questions.mjs').Question) => any} ask
 * @property {(asked: any) => boolean} [decide]
 * @property {(asked: any) => Promise<boolean>} [decideLater]
 */

const SIZES = [10, 1000, 100_000];
const RUNS = 3;

/** @param {{ peers: boolean, short: boolean }} options */
export async function measurePolicy({ peers, short }) {
  const installed = peers ? installPeers() : undefined;
  const others = installed === undefined ? [] : peerEngines(installed.require);
  const ms = short ? 200 : 1000;
  const engines = [];
  try {
    for (const engine of [portcullis, ...others, plainSets]) {
      const perSecond = [];
      const fromIds = [];
      for (const size of SIZES) {
        process.stderr.write(`${engine.name}: ${size} entries\n`);
        const rates = await measureEngine(engine, size, ms);
        perSecond.push(rates.perSecond);
        fromIds.push(rates.fromIds);
      }
      engines.push({ name: engine.name, perSecond, fromIds });
    }
  } finally {
    installed?.remove();
  }
  return { sizes: SIZES, engines };
}

/** The best of some runs, after one that warms up and checks every answer. */
async function measureEngine(engine, size, ms) {
  const asked = questions(size);
  const prepared = await engine.prepare(size);
  const { ask, decide, decideLater } = prepared;
  const own = asked.map((question) => ask(question));
  await check(engine.name, prepared, asked, own);
  const perSecond = await best(
    decide === undefined ? () => rateLater(decideLater, own, ms) : () => rateOf(decide, own, ms),
  );
  const fromIds = await best(
    decide === undefined
      ? () => rateLater((question) => decideLater(ask(question)), asked, ms)
      : () => rateOf((question) => decide(ask(question)), asked, ms),
  );
  return { perSecond, fromIds };
}

async function best(rate) {
  let most = 0;
  for (let run = 0; run < RUNS; run += 1) most = Math.max(most, await rate());
  return most;
}

async function check(name, { decide, decideLater }, asked, own) {
  for (const [index, question] of asked.entries()) {
    const answer = decide === undefined ? await decideLater(own[index]) : decide(own[index]);
    if (answer !== question.expected) {
      throw new Error(`${name} answers ${answer} to ${JSON.stringify(question)}`);
    }
  }
}

/** How many questions lie between two looks at the clock. */
const BATCH = 256;

function rateOf(decide, own, ms) {
  let answered = 0;
  let next = 0;
  let allowed = 0;
  const began = performance.now();
  for (;;) {
    for (let count = 0; count < BATCH; count += 1) {
      if (decide(own[next])) allowed += 1;
      next = next + 1 === own.length ? 0 : next + 1;
    }
    answered += BATCH;
    const elapsed = performance.now() - began;
    if (elapsed > ms) return requireAnswers(allowed, (answered / elapsed) * 1000);
  }
}

async function rateLater(decide, own, ms) {
  let answered = 0;
  let allowed = 0;
  const began = performance.now();
  for (;;) {
    if (await decide(own[answered % own.length])) allowed += 1;
    answered += 1;
    const elapsed = performance.now() - began;
    if (elapsed > ms) return requireAnswers(allowed, (answered / elapsed) * 1000);
  }
}

/** Answers that nobody looks at could be left out by the compiler. */
function requireAnswers(allowed, rate) {
  if (allowed === 0) throw new Error('no question was answered with yes');
  return rate;
}
