import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

/** Runs a module in a process of its own that prints whether anything of croner was loaded. */
function loads(code: string): string {
  const program = `
    import { registerHooks } from 'node:module';
    let loaded = false;
    registerHooks({
      resolve(specifier, context, next) {
        const found = next(specifier, context);
        if (found.url.includes('/croner')) loaded = true;
        return found;
      },
    });
    ${code}
    process.stdout.write(String(loaded));
  `;
  const args = ['--conditions=@portcullis/source', '--input-type=module', '--eval', program];
  return execFileSync(process.execPath, args, {
    cwd: new URL('../..', import.meta.url),
    encoding: 'utf8',
  });
}

const WHEN = `const { timesOf } = await import('./src/schedule/when.ts');`;

test('a gateway without a job of cron expressions does not load what reads them', () => {
  expect(loads(`await import('./src/index.ts');`)).toBe('false');
  expect(loads(`${WHEN} await timesOf({ kind: 'every', everyMs: 60000 }, 0);`)).toBe('false');
  expect(loads(`${WHEN} await timesOf({ kind: 'cron', expr: '@daily' }, 0);`)).toBe('true');
});
