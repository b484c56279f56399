/**
 * Every command either asks the gateway that is named, or says that it is about this machine.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import type { CommandContext, Doors } from '../../src/index.ts';
import { Home } from '../call.ts';
import { callAlone, EVERY, exampleCalls } from './cases.ts';

const URL_WORDS = ['--url', 'wss://gate.example'];

/** A way to a gateway that is never there, and who wanted to go it. */
function spy(): { readonly doors: Partial<Doors>; readonly asked: CommandContext['gateway'][] } {
  const asked: CommandContext['gateway'][] = [];
  const doors: Partial<Doors> = {
    openOperator: ({ gateway }) => {
      asked.push(gateway);
      return Promise.reject(
        new PortcullisError('gateway.unreachable', 'It is not there.', { hint: 'Look.' }),
      );
    },
  };
  return { doors, asked };
}

const HERE = EVERY.filter(([, spec]) => spec.local === true);
const ANYWHERE = EVERY.filter(([, spec]) => spec.local !== true && spec.interactive !== true);

function hasOwnUrl(spec: (typeof EVERY)[number][1]): boolean {
  return spec.options?.some(({ name }) => name === 'url') === true;
}

describe('a command about this machine', () => {
  test.each(HERE)('openclaw %s takes no gateway elsewhere', async (_name, spec) => {
    const [argv = []] = exampleCalls(spec);
    const words = hasOwnUrl(spec) ? ['--tls-fingerprint', 'ab'.repeat(32)] : URL_WORDS;
    const { code, stderr } = await callAlone([...argv, ...words]);
    expect(code).toBe(1);
    expect(stderr).toContain('[usage.local_only]');
  });

  test.each(HERE)('openclaw %s asks none, whatever the config says', async (_name, spec) => {
    const { doors, asked } = spy();
    const home = new Home().write('{ gateway: { mode: "remote" } }');
    for (const argv of exampleCalls(spec)) await callAlone(argv, { home, doors });
    expect(asked.filter((gateway) => gateway?.here !== true)).toEqual([]);
  });
});

describe('any other command', () => {
  test.each(ANYWHERE.filter(([, spec]) => !hasOwnUrl(spec)))(
    'openclaw %s asks the gateway that is named, or ends without an answer',
    async (_name, spec) => {
      for (const argv of exampleCalls(spec)) {
        const { doors, asked } = spy();
        const home = new Home();
        const tokenFile = join(home.path, 'token');
        writeFileSync(tokenFile, 'secret', { mode: 0o600 });
        const words = [...URL_WORDS, '--token-file', tokenFile];
        const { code } = await callAlone([...argv, ...words], { home, doors });
        expect(
          code,
          `openclaw ${argv.join(' ')} does not ask the gateway of --url; if it is about this machine, its row is to say local: true`,
        ).not.toBe(0);
        for (const gateway of asked) {
          expect(gateway).toEqual({ here: false, url: 'wss://gate.example', tokenFile });
        }
      }
    },
  );
});
