import { array, assert, asyncProperty, constantFrom, nat, record, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type ConfigObject,
  type ConfigValue,
  editConfig,
  getPath,
  parseConfigValue,
  redactConfig,
  redactConfigText,
  restoreRedactedText,
  schemaRows,
} from '../../src/config/index.ts';
import type { ConfigChange } from '../../src/services.ts';
import { AT_MACHINE, FIRST, TOKEN, type World, openWorld } from './world.ts';

/** Makes a change, saying yes to whatever it opens. */
async function force({ changes }: World, change: ConfigChange) {
  const { confirm } = await changes.propose(AT_MACHINE, change);
  return await changes.commit(AT_MACHINE, change, { confirm });
}

/** Everything that is kept or told about the config. */
async function everythingTold({ changes, audit }: World): Promise<string> {
  const entries = await changes.history();
  const details = await Promise.all(entries.map(({ id }) => changes.entry(id)));
  return JSON.stringify([details, await audit()]);
}

/** Every place of the schema where a secret stands. */
const SLOTS = schemaRows
  .filter(({ type, status }) => type.kind === 'secret' && status !== 'known')
  .map(({ path }) => path.replaceAll('[]', '[0]').replaceAll('*', 'some'));

describe('a secret', () => {
  const canary = 'canary-4f6e1c';

  test('has many slots', () => {
    expect(SLOTS.length).toBeGreaterThan(25);
  });

  test.each(SLOTS)('of %s is hidden, kept, and comes back as it was', (path) => {
    const raw = editConfig(FIRST, [{ path, value: canary }]);
    const shown = redactConfigText(raw);
    expect(shown).not.toContain(canary);
    expect(JSON.stringify(redactConfig(parseConfigValue(raw, 'it')))).not.toContain(canary);
    expect(restoreRedactedText(shown, raw)).toBe(raw);
  });

  test('is in no entry, no answer, no refusal and no line of the audit log', async () => {
    // Nobody knows these secrets: they are told by their slots alone.
    const world = await openWorld(FIRST, []);
    let made = 0;
    for (const [index, path] of SLOTS.entries()) {
      const secret = `${canary}-${String(index)}-x`;
      const change: ConfigChange = { kind: 'edits', edits: [{ path, value: secret }] };
      try {
        const told = JSON.stringify(await world.changes.propose(AT_MACHINE, change));
        expect(told).not.toContain(secret);
        expect(JSON.stringify(await force(world, change))).not.toContain(secret);
        made += 1;
      } catch (error) {
        // Some slots need more beside them to be valid.
        expect(error).toMatchObject({ code: expect.stringMatching(/^config\.(invalid|path)$/u) });
        expect(JSON.stringify(error)).not.toContain(secret);
      }
    }
    expect(made).toBeGreaterThan(SLOTS.length / 2);
    const told = await everythingTold(world);
    expect(told).not.toContain(canary);
    expect(told).not.toContain(TOKEN);
    await world.close();
  });
});

/** Changes that may follow each other in any order. */
const CHANGES: readonly (readonly [string, ConfigValue | undefined])[] = [
  ['gateway.port', 19_001],
  ['gateway.port', undefined],
  ['gateway.bind', 'tailnet'],
  ['gateway.auth.token', 'second-gateway-token-8s7d6f'],
  ['gateway.auth.token', 'third-gateway-token-1q2w3e4r'],
  ['channels.telegram', { botToken: 'bot-token-one', dmPolicy: 'pairing' }],
  ['channels.telegram.botToken', 'bot-token-two'],
  ['channels.telegram', undefined],
  ['tools.deny', ['exec']],
  ['tools.deny', ['exec', 'write']],
  ['tools', undefined],
  ['models.providers.x', { baseUrl: 'https://x.example', apiKey: 'key-of-x' }],
  ['models.providers', undefined],
  ['logging', { level: 'debug' }],
];

/** What a document says beside its secrets, without those that went. */
function meaning(text: string, lost: readonly string[]): ConfigObject {
  const edits = lost.map((path) => ({ path }));
  return redactConfig(parseConfigValue(editConfig(text, edits), 'it')) as ConfigObject;
}

test('any changes and then a rollback give that config again, with the secrets of today', async () => {
  const steps = array(constantFrom(...CHANGES), { minLength: 1, maxLength: 6 });
  await assert(
    asyncProperty(record({ steps, back: tuple(nat(), nat()) }), async ({ steps: made, back }) => {
      const world = await openWorld(FIRST, []);
      try {
        await world.changes.recover();
        const texts = [world.text()];
        for (const [path, value] of made) {
          const done = await force(world, { kind: 'edits', edits: [{ path, value }] });
          if (done.entry !== undefined) texts.push(world.text());
        }
        for (const draw of back) {
          const index = draw % texts.length;
          const present = world.text();
          const done = await force(world, { kind: 'rollback', to: String(index + 1) });
          const now = world.text();
          if (done.entry !== undefined) texts.push(now);
          expect(meaning(now, [])).toEqual(meaning(texts[index] ?? '', done.lost));
          for (const path of ['gateway.auth.token', 'channels.telegram.botToken']) {
            const kept = getPath(parseConfigValue(now, 'it'), path);
            const before = getPath(parseConfigValue(present, 'it'), path);
            expect([before, undefined]).toContain(kept);
          }
        }
        expect(await everythingTold(world)).not.toMatch(/bot-token-|gateway-token-|key-of-x/u);
      } finally {
        await world.close();
      }
    }),
    { numRuns: 12 },
  );
}, 60_000);
