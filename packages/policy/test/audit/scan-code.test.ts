import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type CodeRule, audit, scanCode, scanScripts } from '../../src/audit/index.ts';

/** What is found in a text: rule, severity and line. */
function seen(text: string): readonly string[] {
  return scanCode(text).map(({ rule, severity, line }) => `${rule} ${severity} ${String(line)}`);
}

const BASE64 = 'QUJD'.repeat(80);

describe('what deserves a look', () => {
  test.each<[CodeRule, 'critical' | 'warn', string]>([
    ['starts_programs', 'critical', `import { spawn } from 'node:child_process';spawn('sh');`],
    ['starts_programs', 'critical', `const c = require("child_process"); c.execSync(x);`],
    ['starts_programs', 'critical', `(await import('child_process')).execFile('ls')`],
    ['starts_programs', 'critical', `process.binding('spawn_sync')`],
    ['starts_programs', 'warn', `export * from 'node:child_process';`],
    ['runs_text', 'critical', `eval(text)`],
    ['runs_text', 'critical', `(0, eval)(text)`],
    ['runs_text', 'critical', `const run = eval;`],
    ['runs_text', 'critical', `globalThis['eval'](text)`],
    ['runs_text', 'critical', `new Function('return 1')()`],
    ['runs_text', 'critical', `(() => {}).constructor('return process')()`],
    ['runs_text', 'critical', `vm.runInNewContext(text)`],
    ['runs_text', 'critical', `new vm.Script(text)`],
    ['mines', 'critical', `pool = 'stratum+tcp://pool.example:3333'`],
    ['sends_environment', 'critical', `fetch(url, { body: process.env.TOKEN })`],
    ['sends_environment', 'critical', `const e = process['env'];\n\n\nhttps.request(url).end(e)`],
    ['loads_unnamed_code', 'warn', `await import(name)`],
    ['loads_unnamed_code', 'warn', 'require(`./${name}`)'],
    ['loads_unnamed_code', 'warn', `import('https://cdn.example/x.js')`],
    ['loads_unnamed_code', 'warn', `import('data:text/javascript,1')`],
    ['loads_unnamed_code', 'warn', `process.getBuiltinModule('node:fs')`],
    ['sends_files', 'warn', `const t = readFileSync(p);\n// far\n${'\n'.repeat(30)}fetch(u)`],
    ['odd_socket', 'warn', `new WebSocket('wss://host.example:4444/x')`],
    ['hides_itself', 'warn', `x = "${'\\x41'.repeat(12)}"`],
    ['hides_itself', 'warn', `atob('${BASE64}')`],
    ['hides_itself', 'warn', `${'_0x1a2b3c();'.repeat(10)}`],
  ])('%s (%s): %s', (rule, severity, text) => {
    expect(scanCode(text).map((hit) => `${hit.rule} ${hit.severity}`)).toContain(
      `${rule} ${severity}`,
    );
  });

  test.each([
    [`const found = /a/.exec(text);`],
    [`import { exec } from './commands.ts'; exec();`],
    [`await page.$eval('a', read); redis.eval(script); evaluate(x); retrieval(1);`],
    [`class Function2 {} isFunction(x); typeof x === 'function'`],
    [`import('./weather.js'); require('node:path'); import x from "y";`],
    [`const port = process.env.PORT;`],
    [`const port = process.env.PORT;${'\n'.repeat(9)}fetch('https://weather.example')`],
    [`fetch('https://weather.example')`],
    [`new WebSocket('wss://host.example:443/x'); new WebSocket("wss://host.example/x")`],
    [`const logo = '${BASE64}';`],
    [`Buffer.from(short, 'base64'); x = "\\x41\\x42"`],
    ['export default { id: "weather", register() {} };'],
    [''],
  ])('is not this: %s', (text) => {
    expect(seen(text)).toEqual([]);
  });

  test('is told by its line, once a line, and no more than twenty times', () => {
    expect(seen(`\n\neval(a); eval(b)\r\neval(c)`)).toEqual([
      'runs_text critical 3',
      'runs_text critical 4',
    ]);
    expect(scanCode('eval(x)\n'.repeat(1000))).toHaveLength(20);
  });

  test('is told in comments and strings too: what is hidden there is hidden from nobody', () => {
    expect(seen(`/\\//.test(x); eval(y) // eval(z)`)).toEqual(['runs_text critical 1']);
    expect(seen('`\n// ${eval(x)}`')).toEqual(['runs_text critical 2']);
  });

  test('an environment and a way out far apart in one long line do not belong together', () => {
    const far = `process.env.A;${';'.repeat(5000)}fetch(u)`;
    expect(seen(far)).toEqual([]);
  });
});

test('scripts that run at an installation are told', () => {
  expect(scanScripts({ postinstall: 'node x.js' })).toEqual([
    { rule: 'runs_at_install', severity: 'warn', line: 1 },
  ]);
  for (const scripts of [undefined, null, 'x', [], { test: 'vitest', build: 'tsc' }]) {
    expect(scanScripts(scripts)).toEqual([]);
  }
});

/** Pieces that the patterns begin with: the worst texts are made of beginnings. */
const PIECES = [
  'eval',
  '(',
  ' ',
  '\n',
  "'",
  '"',
  '`',
  'process',
  '.',
  'env',
  'fetch(',
  'require(',
  'import(',
  'new ',
  'Function',
  'WebSocket(',
  "'ws://",
  'a'.repeat(300),
  '\\x41',
  '_0xabcd',
  'globalThis[',
  'child_process',
  'readFile(',
  '${',
  ',',
  '=',
  ')',
];

describe('the scan', () => {
  test('answers any text, with lines that are in it', () => {
    const text = fc
      .array(fc.constantFrom(...PIECES), { maxLength: 200 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, (source) => {
        const lines = source.split('\n').length;
        for (const { line } of scanCode(source)) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each(PIECES)('takes time linear in a text that repeats %j', (piece) => {
    const time = (size: number): number => {
      const text = piece.repeat(Math.ceil(size / piece.length));
      const times = [0, 1, 2].map(() => {
        // Of the processor, not of the clock: others use the machine too.
        const began = process.cpuUsage();
        scanCode(text);
        return process.cpuUsage(began).user / 1000;
      });
      return Math.min(...times);
    };
    time(10_000);
    // Quadratic time would be a hundred times as much, not ten.
    expect(time(500_000)).toBeLessThan(40 * Math.max(time(50_000), 1));
  });
});

test('a finding names the worst places first, and how many more there are', () => {
  const hits = Array.from({ length: 12 }, (_, index) => ({
    rule: index === 11 ? ('mines' as const) : ('odd_socket' as const),
    severity: index === 11 ? ('critical' as const) : ('warn' as const),
    file: `f${String(index)}.js`,
    line: index + 1,
  }));
  const code = { id: 'w', path: '/x/w', files: 12, bytes: 1, hits, unread: [] };
  const found = audit({}, { pluginCode: [code] }).findings.find(
    ({ checkId }) => checkId === 'plugins.code_safety',
  );
  expect(found?.detail).toMatch(/^w: f11\.js:12 speaks of mining; f0\.js:1 .*, and 4 more\./u);
  expect(found?.path).toBe('/x/w');
});
