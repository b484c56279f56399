/**
 * Every command in situations that go wrong, with nobody at the terminal: it ends, says what is the
 * matter in one document or a few lines, and shows nobody the inside of the program.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { openOperator } from '../../src/compose/open-operator.ts';
import { type CallOptions, FakeOperator, Home } from '../call.ts';
import { callAlone, EVERY, exampleCalls, judgeJson, judgeText, speaksJson } from './cases.ts';

function homeWith(config: string): Home {
  return new Home().write(config);
}

/** Something else lies where the state directory should be: nobody can read or write there. */
function homeWithoutState(): Home {
  const home = new Home();
  writeFileSync(dirname(home.config), 'no directory');
  return home;
}

function unreachable(): Promise<never> {
  return Promise.reject(
    new PortcullisError('gateway.unreachable', 'The gateway cannot be reached.', {
      hint: 'Start it.',
    }),
  );
}

const SITUATIONS: Readonly<Record<string, () => CallOptions>> = {
  'nothing is set up': () => ({ doors: { openOperator } }),
  'the config is torn': () => ({
    home: homeWith('{ gateway: { port:'),
    doors: { openOperator },
  }),
  'the config has a wrong key': () => ({
    home: homeWith('{ gatewy: { port: 1 } }'),
    doors: { openOperator },
  }),
  'the state directory cannot be read': () => ({
    home: homeWithoutState(),
    doors: { openOperator },
  }),
  'the gateway cannot be reached': () => ({ doors: { openOperator: unreachable } }),
  'the gateway refuses everything': () => ({ doors: new FakeOperator({}).doors }),
};

describe.each(Object.entries(SITUATIONS))('while %s', (situation, options) => {
  // Opening a state takes its time, and what it says to people is said on a dumb terminal below.
  test.each(situation === 'nothing is set up' ? [] : EVERY)(
    'openclaw %s ends, and says why',
    async (_name, spec) => {
      for (const argv of exampleCalls(spec)) judgeText(await callAlone(argv, options()), argv);
    },
  );

  test.each(EVERY.filter(([, spec]) => speaksJson(spec)))(
    'openclaw %s --json ends with one document',
    async (_name, spec) => {
      for (const example of exampleCalls(spec)) {
        const argv = example.includes('--json') ? example : [...example, '--json'];
        judgeJson(spec, await callAlone(argv, options()), argv);
      }
    },
  );
});

/** Somebody who says no, at a terminal that understands nothing but text. */
const PLAIN: CallOptions = {
  tty: true,
  env: { NO_COLOR: '1', TERM: 'dumb' },
  doors: { confirm: async () => false, readSecret: async () => '' },
};

test.each(EVERY.filter(([, spec]) => spec.interactive !== true))(
  'openclaw %s keeps to text on a terminal that is dumb',
  async (_name, spec) => {
    for (const argv of exampleCalls(spec)) judgeText(await callAlone(argv, PLAIN), argv);
  },
);

test.each(EVERY.filter(([, spec]) => spec.interactive === true))(
  'openclaw %s refuses to talk where nobody is',
  async (_name, spec) => {
    for (const argv of exampleCalls(spec)) {
      const { code, stderr } = await callAlone(argv);
      expect(code, argv.join(' ')).toBe(1);
      expect(stderr).toMatch(/\[usage\.[a-z_]+\]/);
    }
  },
);

test('a home that nobody may write to is named, not traced', async () => {
  const home = homeWithoutState();
  const { stderr } = await callAlone(['config', 'set', 'gateway.port', '1'], { home });
  expect(stderr).toContain(join(home.path, '.openclaw'));
});
