/**
 * A gateway in a process of its own, started from source, that ends itself with SIGKILL at the
 * point it is told. Prints one line of JSON when it listens.
 *
 * Arguments: the crash point (`-` for none) and which passing of it counts.
 */
import { resolvePaths } from '@portcullis/gateway/config';

import { runGateway } from '../../packages/cli/src/compose/run-gateway.ts';

const [point = '-', nth = '1'] = process.argv.slice(2);
let passed = 0;

const context = {
  env: process.env,
  paths: resolvePaths(process.env),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: new AbortController().signal,
  version: '0.0.0-test',
};

const gateway = await runGateway(context, {
  port: 0,
  onStep: (step) => {
    if (step !== point) return;
    passed += 1;
    if (passed === Number(nth)) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(`${JSON.stringify({ url: gateway.url, resumed: gateway.report.resumed })}\n`);
process.on('SIGTERM', () => {
  void gateway.stop('gateway stopping').then(() => process.exit(0));
});
