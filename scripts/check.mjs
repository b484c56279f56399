/** Format, lint, types, package shape, unused code and size budgets: all but the tests. */
import { pnpm } from './toolchain.mjs';

for (const step of ['fmt:check', 'lint', 'typecheck', 'check:pkg', 'knip', 'size']) {
  console.log(`\n> ${step}`);
  pnpm('run', step);
}
