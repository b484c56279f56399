// What may be handed on: only ever narrower, only by its holder, only for a time, until taken back.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Capability,
  type CapabilityBlock,
  attenuateCapability,
  mintCapability,
  verifyCapability,
} from '../src/capability/index.ts';

const KEY = new Uint8Array(32).fill(7);
const TOOLS = ['read', 'write', 'exec', 'web_fetch'] as const;
const id = (number: number): string => number.toString(16).padStart(32, '0');

const block = (change: Partial<CapabilityBlock> = {}): CapabilityBlock => ({
  id: id(1),
  holder: 'cron:job',
  issuer: 'telegram:2',
  trust: 'owner',
  tools: ['read', 'exec'],
  issuedAt: 1000,
  expiresAt: 5000,
  ...change,
});

const use = (change: object = {}) => ({
  holder: 'cron:job',
  now: 2000,
  revoked: new Set<string>(),
  ...change,
});

const narrowed = (parent: Capability, change: Partial<CapabilityBlock>): Capability => {
  const { value, code } = attenuateCapability(parent, block(change));
  if (value === undefined) throw new Error(code);
  return value;
};

test('what was minted says what its bearer may do', () => {
  const decision = verifyCapability(KEY, mintCapability(KEY, block({ scope: { a: 1 } })), use());
  expect(decision).toMatchObject({ effect: 'allow', code: 'capability.ok' });
  expect(decision.value).toEqual({
    holder: 'cron:job',
    trust: 'owner',
    tools: new Set(['read', 'exec']),
    expiresAt: 5000,
    depth: 1,
    scopes: [{ a: 1 }],
  });
});

test('it is handed on without the key', () => {
  const child = narrowed(mintCapability(KEY, block()), {
    id: id(2),
    holder: 'subagent:s',
    trust: 'trusted',
    tools: ['read'],
    expiresAt: 4000,
  });
  const { value } = verifyCapability(KEY, child, use({ holder: 'subagent:s' }));
  expect(value).toMatchObject({ trust: 'trusted', tools: new Set(['read']), depth: 2 });
});

describe('what is wider than its parent is refused', () => {
  const wider: readonly (readonly [string, Partial<CapabilityBlock>])[] = [
    ['another tool', { tools: ['read', 'write'] }],
    ['another tool by an alias', { tools: ['read', 'apply-patch'] }],
    ['more time', { expiresAt: 5001 }],
    ['more trust', { trust: 'owner' }],
  ];
  const parent = mintCapability(KEY, block({ trust: 'trusted' }));
  test.each(wider)('%s', (_, change) => {
    const decision = attenuateCapability(parent, block({ trust: 'trusted', ...change }));
    expect(decision).toMatchObject({ effect: 'deny', code: 'capability.exceeds_parent' });
    expect(decision.value).toBeUndefined();
  });
});

test('an alias is the tool it stands for', () => {
  expect(attenuateCapability(mintCapability(KEY, block()), block({ tools: ['bash'] })).effect).toBe(
    'allow',
  );
});

describe('it does not count', () => {
  const minted = mintCapability(KEY, block());
  const refusals: readonly (readonly [string, unknown, object, string])[] = [
    ['for somebody else', minted, { holder: 'cron:other' }, 'capability.invalid'],
    ['when its time is over', minted, { now: 5000 }, 'capability.expired'],
    ['when it was taken back', minted, { revoked: new Set([id(1)]) }, 'capability.revoked'],
    ['when no time is known', minted, { now: Number.NaN }, 'capability.invalid'],
    ['when it is none', { v: 1, blocks: [], mac: minted.mac }, {}, 'capability.invalid'],
    ['when it is nothing', undefined, {}, 'capability.invalid'],
    [
      'when a field of a block was added',
      { ...minted, blocks: [{ ...block(), extra: true }] },
      {},
      'capability.invalid',
    ],
  ];
  test.each(refusals)('%s', (_, capability, change, code) => {
    expect(verifyCapability(KEY, capability, use(change))).toMatchObject({ effect: 'deny', code });
  });

  test('under another key', () => {
    const other = new Uint8Array(32).fill(8);
    expect(verifyCapability(other, minted, use()).code).toBe('capability.invalid');
  });

  test('when a parent was taken back', () => {
    const child = narrowed(minted, { id: id(2) });
    expect(verifyCapability(KEY, child, use({ revoked: new Set([id(1)]) })).code).toBe(
      'capability.revoked',
    );
  });

  test('when its last block was taken away', () => {
    const child = narrowed(minted, { id: id(2), tools: ['read'] });
    const cut = { ...child, blocks: child.blocks.slice(0, 1) };
    expect(verifyCapability(KEY, cut, use()).code).toBe('capability.invalid');
  });
});

test('it covers the tools it names, by whatever name they go', () => {
  const shown = ['read', 'BASH', 'fs.read', 'write', 'gateway'].map((tool) =>
    verifyCapability(KEY, mintCapability(KEY, block()), use({ tool })),
  );
  expect(shown.map(({ code }) => code)).toEqual([
    'capability.ok',
    'capability.ok',
    'capability.ok',
    'capability.exceeds_parent',
    'capability.exceeds_parent',
  ]);
});

test('a short key mints nothing', () => {
  expect(() => mintCapability(new Uint8Array(31), block())).toThrow(RangeError);
});

describe('laws', () => {
  const change = fc.record({
    tools: fc.subarray([...TOOLS]),
    trust: fc.constantFrom('owner', 'trusted', 'member', 'external'),
    expiresAt: fc.integer({ min: 1500, max: 6000 }),
  });
  const chain = fc.array(change, { minLength: 1, maxLength: 6 });

  test('however it is handed on, nobody gains a tool, time or trust', () => {
    fc.assert(
      fc.property(chain, ([first, ...rest]) => {
        let capability = mintCapability(KEY, block(first));
        let at = 1;
        for (const step of rest) {
          at += 1;
          const next = attenuateCapability(capability, block({ ...step, id: id(at) })).value;
          const before = verifyCapability(KEY, capability, use({ now: 1400 })).value;
          if (next === undefined || before === undefined) continue;
          const after = verifyCapability(KEY, next, use({ now: 1400 })).value;
          if (after === undefined) throw new Error('what was handed on is not genuine');
          expect([...after.tools].filter((tool) => !before.tools.has(tool))).toEqual([]);
          expect(after.expiresAt).toBeLessThanOrEqual(before.expiresAt);
          capability = next;
        }
      }),
    );
  });

  test('whatever is shown, the answer is a decision', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(verifyCapability(KEY, value, use()).effect).toBe('deny');
      }),
    );
  });

  test('no change of a genuine one is genuine', () => {
    const minted = mintCapability(KEY, block({ scope: { peer: '2' } }));
    fc.assert(
      fc.property(
        fc.constantFrom(
          'id',
          'holder',
          'issuer',
          'trust',
          'tools',
          'issuedAt',
          'expiresAt',
          'scope',
        ),
        fc.jsonValue(),
        (key, value) => {
          const [own] = minted.blocks;
          const changed = { ...minted, blocks: [{ ...own, [key]: value }] };
          if (JSON.stringify(changed) === JSON.stringify(minted)) return;
          expect(verifyCapability(KEY, changed, use()).effect).toBe('deny');
        },
      ),
    );
  });
});
