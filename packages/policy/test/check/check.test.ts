// Invariants: what is said about a config, decided for every input there can be.
import { describe, expect, test } from 'vitest';
import {
  type InvariantResult,
  checkInvariants,
  grantsAtMost,
  readInvariants,
  sameAs,
} from '../../src/check/index.ts';
import { capabilities } from '../../src/explain/index.ts';
import { compilePolicy } from '../../src/index.ts';

const CONFIG = {
  commands: { ownerAllowFrom: ['telegram:1'] },
  tools: { profile: 'coding', exec: { security: 'allowlist', ask: 'always' } },
  channels: {
    telegram: {
      dmPolicy: 'pairing',
      allowFrom: ['1', '2'],
      groups: { '-5': { tools: { allow: ['web_search'] }, allowFrom: ['*'] }, '-6': {} },
    },
    whatsapp: { dmPolicy: 'allowlist', groups: { '*': {} } },
  },
};

/** Reads one invariant and decides it. */
function check(
  invariant: unknown,
  config: unknown = CONFIG,
  configs: Readonly<Record<string, unknown>> = {},
): InvariantResult | undefined {
  const { invariants, faults } = readInvariants({ invariants: [invariant] }, capabilities());
  expect(faults).toEqual([]);
  return checkInvariants(config, invariants, { configs }).results[0];
}

describe('never', () => {
  test('holds where nobody in the scope gets there', () => {
    const result = check({ never: { who: 'stranger', where: 'direct', reach: 'exec' } });
    expect(result).toMatchObject({ ok: true, violations: 0, counterexamples: [] });
    expect(result?.cases).toBeGreaterThan(0);
  });

  test('shows a message that breaks it, and the message really does', () => {
    const result = check({ name: 'no exec', never: { who: 'stranger', reach: 'exec' } });
    expect(result).toMatchObject({ name: 'no exec', ok: false });
    const [first] = result?.counterexamples ?? [];
    expect(first).toMatchObject({
      who: 'stranger',
      standing: { channel: 'whatsapp', kind: 'group', places: ['*'] },
      capability: 'exec',
      decision: { effect: 'ask', code: 'exec.ask.always' },
    });
    if (first === undefined) return;
    const policy = compilePolicy(CONFIG);
    const admission = policy.admit(first.event, { paired: first.paired });
    expect([admission.effect, admission.principal.trust]).toEqual(['allow', 'member']);
  });

  test('means not even on asking; neverWithoutAsking lets a person decide', () => {
    const about = { who: 'paired', reach: ['exec', 'process'] };
    expect(check({ never: about })?.ok).toBe(false);
    expect(check({ neverWithoutAsking: { who: 'paired', reach: 'exec' } })?.ok).toBe(true);
    expect(check({ neverWithoutAsking: { who: 'paired', reach: 'write' } })?.ok).toBe(false);
  });
});

test('only: a room with one tool', () => {
  expect(check({ only: { room: '-5', reach: 'web_search' } })?.ok).toBe(true);
  expect(check({ only: { room: '-5', reach: 'web_fetch' } })?.ok).toBe(false);
  const broken = check({ only: { room: '-6', reach: ['web_search', 'group:fs'] } });
  expect(broken?.ok).toBe(false);
  expect(broken?.counterexamples[0]?.event.conversation.id).toBe('-6');
});

test('a room that the config does not name is spoken for by the others like it', () => {
  expect(check({ denied: { channel: 'telegram', room: '-77' } })).toMatchObject({ ok: true });
  const broken = check({ denied: { channel: 'whatsapp', room: '77@g.us' } });
  expect(broken?.ok).toBe(false);
  expect(broken?.counterexamples[0]?.event.conversation.id).toBe('77@g.us');
});

test('a person in any spelling, named by the config or not', () => {
  const never = (person: string) =>
    check({ never: { channel: 'telegram', person, reach: 'speak' } });
  expect(never('tg:2')?.ok).toBe(false);
  expect(never('9')?.counterexamples[0]).toMatchObject({
    who: 'paired',
    event: { sender: { id: '9' } },
    paired: ['9'],
  });
  expect(check({ never: { person: '9', where: 'direct', who: 'stranger', reach: '*' } })?.ok).toBe(
    true,
  );
});

test('always', () => {
  const reach = ['speak', 'web_search'];
  expect(check({ always: { who: 'owner', where: 'direct', reach } })?.ok).toBe(true);
  expect(check({ always: { who: 'member', channel: 'telegram', reach: 'read' } })?.ok).toBe(false);
});

test('a scope with nobody in it does not hold', () => {
  expect(check({ never: { channel: 'whatsapp', who: 'owner', reach: 'exec' } })).toMatchObject({
    ok: false,
    cases: 0,
    violations: 0,
  });
  expect(check({ denied: { channel: 'nowhere' } })).toMatchObject({ ok: true });
});

/** The owner runs any command, in a session that has seen what is said. */
const anyCommand = (more: object) => ({
  neverWithoutAsking: { who: 'owner', where: 'direct', reach: 'exec:any', ...more },
});

test('what the session has seen counts', () => {
  const open = { ...CONFIG, tools: { profile: 'coding', exec: { security: 'full', ask: 'off' } } };
  expect(check(anyCommand({}), open)?.ok).toBe(false);
  expect(check(anyCommand({ seen: { from: 'external' } }), open)?.ok).toBe(true);
  const off = { ...open, flow: { mode: 'off' } };
  expect(check(anyCommand({ seen: { from: 'external', private: 'secret' } }), off)?.ok).toBe(false);
});

describe('two configs', () => {
  const narrower = { ...CONFIG, tools: { ...CONFIG.tools, deny: ['group:fs'] } };

  test('one grants at most what the other grants', () => {
    expect(grantsAtMost(narrower, CONFIG)).toMatchObject({ ok: true, violations: 0 });
    const wider = grantsAtMost(CONFIG, narrower);
    expect(wider.ok).toBe(false);
    expect(wider.counterexamples[0]).toMatchObject({
      capability: 'read',
      decision: { effect: 'allow', code: 'tool.allowed' },
      other: { effect: 'deny', code: 'tool.deny.global' },
    });
    expect(check({ grantsAtMost: 'old.json' }, narrower, { 'old.json': CONFIG })?.ok).toBe(true);
  });

  test('they grant the same', () => {
    const { telegram } = CONFIG.channels;
    const spelled = {
      ...CONFIG,
      channels: {
        ...CONFIG.channels,
        telegram: { ...telegram, allowFrom: ['tg:2', 'telegram:1'] },
      },
    };
    expect(sameAs(CONFIG, spelled).ok).toBe(true);
    expect(sameAs(CONFIG, narrower).ok).toBe(false);
    const scoped = { sameAs: { config: 'b', room: '-5' } };
    expect(check(scoped, CONFIG, { b: narrower })?.ok).toBe(true);
  });

  test('a config that is missing grants nothing', () => {
    expect(check({ grantsAtMost: 'gone.json' })?.ok).toBe(false);
    expect(grantsAtMost(null, CONFIG).ok).toBe(true);
  });
});

const people = (form: (index: number) => string) => Array.from({ length: 50 }, (_, at) => form(at));

const rooms = (list: readonly string[], at: number) => ({
  allowFrom: list.slice(at, at + 9),
  tools: { deny: [`tool-${String(at)}`] },
});

test('a config of four channels, 200 people and 50 rooms, all different, is decided in time', () => {
  const forms = {
    telegram: people((at) => String(1_000_000 + at)),
    whatsapp: people((at) => `+1555${String(1_000_000 + at)}`),
    signal: people((at) => `+1666${String(1_000_000 + at)}`),
    slack: people((at) => `U${String(100_000 + at)}`),
  };
  const sections = Object.entries(forms).map(([channel, list]) => {
    const map = Object.fromEntries(
      Array.from({ length: 13 }, (_, at) => [`C${String(500 + at)}`, rooms(list, at)]),
    );
    const key = channel === 'slack' ? 'channels' : 'groups';
    return [
      channel,
      { dmPolicy: 'open', allowFrom: ['*', ...list], groupPolicy: 'open', [key]: map },
    ];
  });
  const config = {
    channels: Object.fromEntries(sections),
    tools: {
      profile: 'full',
      toolsBySender: Object.fromEntries(
        Object.values(forms)
          .flat()
          .map((id, at) => [`id:${id}`, { deny: [`tool-${String(at)}`] }]),
      ),
    },
  };
  const { invariants } = readInvariants(
    { invariants: [{ never: { who: 'stranger', reach: 'cron' } }, { grantsAtMost: 'same' }] },
    capabilities(),
  );
  const start = performance.now();
  const { ok, classes } = checkInvariants(config, invariants, { configs: { same: config } });
  const elapsed = performance.now() - start;
  expect(ok).toBe(true);
  expect(classes).toBeGreaterThan(5000);
  expect(elapsed).toBeLessThan(5000);
});
