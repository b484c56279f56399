/**
 * Vitest reporter that closes the run with the plain line `N passed, N failed, N skipped`, after the
 * names of the tests that passed only when they were tried again.
 */
export default class SummaryReporter {
  onTestRunEnd(modules, errors) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const again = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state in counts) counts[state] += 1;
        if (test.diagnostic()?.flaky) again.push(`${module.relativeModuleId}: ${test.fullName}`);
      }
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1;
    }
    counts.failed += errors.length;
    if (again.length > 0) console.log(`\npassed only at the second try:\n  ${again.join('\n  ')}`);
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
