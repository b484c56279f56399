// Budgets: what may be spent, by whom, and when a refusal ends.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BudgetInput, budgetLimits, decideBudget, windowStart } from '../src/budget/index.ts';
import { decide } from '../src/ops.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 14 November 2023, 22:13:20 UTC. */
const NOW = 1_700_000_000_000;
const MIDNIGHT = 1_700_006_400_000;

const ask = (budgets: unknown, charge: unknown, used: Record<string, number> = {}) =>
  decideBudget({ budgets }, { charge, used, now: NOW } as BudgetInput);

describe('a charge', () => {
  test('that nothing limits is allowed, and says that nothing is known of what is left', () => {
    const decision = ask({}, { tokens: 1e9, cost: null });
    expect(decision).toMatchObject({ effect: 'allow', code: 'budget.within', value: { left: {} } });
    expect(decision.path).toBe('<default>budgets');
  });

  test('that fits is told the least that any limit leaves', () => {
    const budgets = { sender: { tokensPerDay: 100 }, global: { tokensPerDay: 1000 } };
    const used = { 'budgets.sender.tokensPerDay': 10, 'budgets.global.tokensPerDay': 950 };
    expect(ask(budgets, { tokens: 50 }, used)).toMatchObject({
      code: 'budget.within',
      value: { left: { tokens: 50 } },
    });
  });

  test.each([
    ['tokensPerDay', 'tokens', MIDNIGHT],
    ['costPerDay', 'cost', MIDNIGHT],
    ['toolCallsPerHour', 'toolCalls', 1_700_002_800_000],
    ['messagesPerHour', 'messages', 1_700_002_800_000],
    ['messagesPerDay', 'messages', MIDNIGHT],
  ])('over %s is refused until its window ends', (key, meter, freesAt) => {
    const path = `budgets.agent.${key}`;
    const decision = ask({ agent: { [key]: 10 } }, { [meter]: 3 }, { [path]: 8 });
    expect(decision).toMatchObject({ effect: 'deny', code: 'budget.exhausted', path });
    expect(decision.value).toMatchObject({ scope: 'agent', meter, limit: 10, used: 8, freesAt });
  });

  test('that is more than the limit itself never fits', () => {
    const decision = ask({ global: { tokensPerDay: 10 } }, { tokens: 11 }, { ...zero('global') });
    expect(decision.code).toBe('budget.exhausted');
    expect(decision.value).not.toHaveProperty('freesAt');
  });

  test('is refused by the limit that lasts longest', () => {
    const budgets = { sender: { messagesPerHour: 1, messagesPerDay: 1 } };
    const used = { 'budgets.sender.messagesPerHour': 1, 'budgets.sender.messagesPerDay': 1 };
    expect(ask(budgets, { messages: 1 }, used).path).toBe('budgets.sender.messagesPerDay');
  });

  test('without a price is refused where money is counted, and only there', () => {
    const used = { 'budgets.global.costPerDay': 0 };
    const refused = ask({ global: { costPerDay: 5 } }, { tokens: 1, cost: null }, used);
    expect(refused).toMatchObject({ code: 'budget.unpriced', path: 'budgets.global.costPerDay' });
    const free = ask({ global: { tokensPerDay: 5 } }, { tokens: 1, cost: null }, zero('global'));
    expect(free.effect).toBe('allow');
  });

  test('of zero is refused by nothing but a limit that cannot be read', () => {
    const used = { 'budgets.global.messagesPerHour': 7 };
    expect(ask({ global: { messagesPerHour: 0 } }, { messages: 0 }, used).effect).toBe('allow');
  });
});

function zero(scope: string): Record<string, number> {
  return { [`budgets.${scope}.tokensPerDay`]: 0 };
}

describe('what cannot be read', () => {
  test.each([-1, Number.NaN, Infinity, '5', null, [], true])('as a limit (%o) refuses', (limit) => {
    const decision = ask({ sender: { tokensPerDay: limit } }, { tokens: 0 }, zero('sender'));
    expect(decision).toMatchObject({
      effect: 'deny',
      code: 'config.invalid',
      path: 'budgets.sender.tokensPerDay',
    });
  });

  test.each([{ budgets: 'none' }, { budgets: { sender: 7 } }, 7])('in %o refuses', (config) => {
    const input = { charge: { tokens: 0 }, used: {}, now: NOW };
    expect(decideBudget(config, input).code).toBe('config.invalid');
  });

  test('of the counters refuses: nobody spends what was not counted', () => {
    expect(ask({ sender: { tokensPerDay: 5 } }, { tokens: 1 })).toMatchObject({
      code: 'config.invalid',
      path: 'input.used.budgets.sender.tokensPerDay',
    });
  });

  test.each([{ tokens: -1 }, { messages: Number.NaN }, { toolCalls: null }, 'all'])(
    'as a charge (%o) refuses',
    (charge) => {
      expect(ask({}, charge).code).toBe('config.invalid');
    },
  );
});

test('windows begin at whole hours and days of UTC', () => {
  expect(windowStart(NOW, HOUR)).toBe(1_699_999_200_000);
  expect(windowStart(MIDNIGHT, DAY)).toBe(MIDNIGHT);
  expect(windowStart(MIDNIGHT - 1, DAY)).toBe(MIDNIGHT - DAY);
});

test('limits are listed with their paths, the unreadable ones too', () => {
  const config = { budgets: { sender: { tokensPerDay: 5 }, global: { messagesPerDay: 'many' } } };
  expect(budgetLimits(config)).toEqual([
    {
      path: 'budgets.sender.tokensPerDay',
      scope: 'sender',
      meter: 'tokens',
      windowMs: DAY,
      limit: 5,
    },
    {
      path: 'budgets.global.messagesPerDay',
      scope: 'global',
      meter: 'messages',
      windowMs: DAY,
      limit: undefined,
    },
  ]);
});

const KEYS = [
  'tokensPerDay',
  'costPerDay',
  'toolCallsPerHour',
  'messagesPerHour',
  'messagesPerDay',
];
const amount = fc.nat(1000);
const scope = fc.record(Object.fromEntries(KEYS.map((key) => [key, amount])), { requiredKeys: [] });
const budgets = fc.record(
  { sender: scope, channel: scope, agent: scope, global: scope },
  { requiredKeys: [] },
);
const charge = fc.record(
  { tokens: amount, cost: amount, toolCalls: amount, messages: amount },
  { requiredKeys: [] },
);
const counters = fc.record(
  Object.fromEntries(
    ['sender', 'channel', 'agent', 'global'].flatMap((each) =>
      KEYS.map((key) => [`budgets.${each}.${key}`, amount]),
    ),
  ),
);

describe('laws', () => {
  test('what is allowed keeps every counter within its limit', () => {
    fc.assert(
      fc.property(budgets, charge, counters, (limits, spent, used) => {
        const fits = budgetLimits({ budgets: limits }).every(({ meter, path, limit }) => {
          const more = spent[meter];
          return more === undefined || (used[path] ?? 0) + more <= (limit ?? 0) || more === 0;
        });
        expect(ask(limits, spent, used).effect).toBe(fits ? 'allow' : 'deny');
      }),
    );
  });

  test('a lower limit, a higher charge and a higher counter never turn no into yes', () => {
    fc.assert(
      fc.property(budgets, charge, counters, amount, (limits, spent, used, more) => {
        if (ask(limits, spent, used).effect === 'allow') return;
        const grown = Object.fromEntries(Object.entries(spent).map(([m, a]) => [m, a + more]));
        const fuller = Object.fromEntries(Object.entries(used).map(([p, a]) => [p, a + more]));
        const tighter = Object.fromEntries(
          Object.entries(limits).map(([each, keys]) => [
            each,
            Object.fromEntries(
              Object.entries(keys ?? {}).map(([k, l]) => [k, Math.max(0, (l ?? 0) - more)]),
            ),
          ]),
        );
        expect(ask(limits, grown, used).effect).toBe('deny');
        expect(ask(limits, spent, fuller).effect).toBe('deny');
        expect(ask(tighter, spent, used).effect).toBe('deny');
      }),
    );
  });

  test('any JSON is answered', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (config, input) => {
        expect(['allow', 'deny']).toContain(decide('budget.decide', config, input).effect);
      }),
    );
  });
});
