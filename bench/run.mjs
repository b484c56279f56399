/**
 * Measures Portcullis and prints what it found.
 *
 * Usage: node bench/run.mjs [gateway] [policy] [--only name,...] [--short] [--peers] [--json]
 *
 * Without a suite both run. `--only` names gateway measurements. `--short` is for a check, not for
 * publication. `--peers` measures other access-control libraries beside the policy; they are
 * fetched into a temporary folder. Where OPENCLAW_BENCH_DIR names a folder with OpenClaw in its
 * node_modules, that is measured beside the gateway.
 *
 * @module
 */
import { parseArgs } from 'node:util';

import { FIGURES } from './gateway/figures.mjs';
import {
  MEASUREMENT_NAMES,
  installedOpenClaw,
  measureProduct,
  ownProduct,
} from './gateway/suite.mjs';
import { contention, describeMachine, loadNow } from './machine.mjs';
import { gatewayTable, policyTable } from './tables.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const SUITES = ['gateway', 'policy'];
const suites = positionals.length === 0 ? SUITES : positionals;
const names = values.only?.split(',') ?? MEASUREMENT_NAMES;
const unknown = [
  ...suites.filter((each) => !SUITES.includes(each)),
  ...names.filter((each) => !MEASUREMENT_NAMES.includes(each)),
];
if (unknown.length > 0) {
  const known = [...SUITES, ...MEASUREMENT_NAMES].join(', ');
  process.stderr.write(`Unknown: ${unknown.join(', ')}. Known: ${known}.\n`);
  process.exit(2);
}

/** OpenClaw beside ours, where its user has it. */
async function measureOpenClaw() {
  const folder = process.env.OPENCLAW_BENCH_DIR;
  const product = folder === undefined ? undefined : installedOpenClaw(folder);
  if (product === undefined) {
    process.stderr.write('OpenClaw is not measured: OPENCLAW_BENCH_DIR names no installation.\n');
    return undefined;
  }
  return await measureProduct(product, { names, short: values.short, own: false });
}

const report = {
  machine: describeMachine(),
  loadBefore: loadNow(),
  contentionBefore: await contention(),
};
if (suites.includes('gateway')) {
  const options = { names, short: values.short, own: true };
  report.gateway = await measureProduct(ownProduct(), options);
  report.openclaw = await measureOpenClaw();
}
if (suites.includes('policy')) {
  const { measurePolicy } = await import('./policy/suite.mjs');
  report.policy = await measurePolicy({ peers: values.peers, short: values.short });
}
report.loadAfter = loadNow();
report.contentionAfter = await contention();

if (values.json) {
  process.stdout.write(`${JSON.stringify({ ...report, figures: FIGURES }, null, 2)}\n`);
} else {
  const { machine, loadBefore, loadAfter, gateway, openclaw, policy } = report;
  process.stdout.write(`${machine}; load ${loadBefore} before, ${loadAfter} after.\n`);
  if (gateway !== undefined) process.stdout.write(`\n${gatewayTable(gateway, openclaw)}\n`);
  if (policy !== undefined) process.stdout.write(`\n${policyTable(policy)}\n`);
}
