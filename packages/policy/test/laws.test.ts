// Laws: what must hold for every config and every input, checked on random ones.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../src/index.ts';
import { compileToolPolicy } from '../src/tools/index.ts';
import { decide } from '../src/ops.ts';
import { authorityOps } from '../src/authority-ops.ts';
import {
  channelConfig,
  channelInput,
  dangerousIds,
  toolConfig,
  toolName,
  toolScope,
} from './arbitrary.ts';

const RANK: Readonly<Record<string, number>> = { allow: 3, ask: 2, pair: 1, ignore: 0, deny: 0 };
const rank = (op: string, config: unknown, input: unknown) =>
  RANK[decide(op, config, input).effect] ?? Number.NaN;

type Json = Record<string, unknown>;

/** A copy of `value` with the element at `path` replaced; `undefined` removes it. */
function changed(value: unknown, path: readonly (string | number)[], leaf: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return leaf;
  if (Array.isArray(value)) {
    if (rest.length === 0 && leaf === undefined) return value.toSpliced(Number(key), 1);
    return value.with(Number(key), changed(value[Number(key)], rest, leaf));
  }
  const holder = (value ?? {}) as Json;
  const copy = { ...holder, [key]: changed(holder[key], rest, leaf) };
  return copy[key] === undefined
    ? Object.fromEntries(Object.entries(copy).filter(([each]) => each !== key))
    : copy;
}

/** Every path in `value` that `wanted` picks. */
function paths(
  value: unknown,
  wanted: (value: unknown, key: string | number) => boolean,
  at: (string | number)[] = [],
): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((each: unknown, index) => [index, each])
    : Object.entries(value);
  return entries.flatMap(([key, each]) => {
    const here = at.concat(key);
    const below = paths(each, wanted, here);
    return wanted(each, key) ? [here].concat(below) : below;
  });
}

/** The paths of all lists called one of `keys`. */
const lists = (config: unknown, ...keys: readonly string[]) =>
  paths(config, (each, key) => Array.isArray(each) && keys.includes(String(key)));

/** The fields of a conversation that its key depends on. */
const identity = (fields: Json): string =>
  JSON.stringify(
    ['cron', 'hook', 'subagent'].includes(String(fields['kind']))
      ? { ...fields, channel: '' }
      : fields,
  );

const json = fc.jsonValue({ maxDepth: 4 });

describe('every operation', () => {
  test.each(Object.keys(authorityOps))('%s answers any JSON and changes nothing', (op) => {
    fc.assert(
      fc.property(json, json, (config, input) => {
        const before = JSON.stringify([config, input]);
        const decision = decide(op, config, input);
        expect(Object.keys(RANK)).toContain(decision.effect);
        expect(decision.code).not.toBe('engine.internal_error');
        expect(JSON.stringify([config, input])).toBe(before);
      }),
    );
  });

  test('never allows a sender on a config that is garbage', () => {
    fc.assert(
      fc.property(json, channelInput, (garbage, given) => {
        const input = changed(given, ['state', 'paired'], undefined);
        expect(rank('ingress.decide', garbage, input)).toBe(0);
        expect(rank('ingress.decide', { channels: { telegram: garbage } }, input)).toBeLessThan(3);
      }),
    );
  });

  test('what an input inherits counts for nothing', () => {
    const config = {
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
      tools: { profile: 'full' },
    };
    const policy = compilePolicy(config);
    const sender = Object.create({ id: '42' }) as object;
    const event = { channel: 'telegram', kind: 'direct', sender };
    expect(policy.ingress(event as never).code).toBe('ingress.sender.missing_id');
    const call = Object.assign(Object.create({ requesterIsOwner: true }) as object, {
      agentId: 'main',
      tool: 'gateway',
    });
    expect(decide('tool.decide', config, call).code).toBe('tool.owner_only');
    try {
      Object.assign(Object.prototype, { requesterIsOwner: true, id: '42' });
      const own = { agentId: 'main', tool: 'gateway' };
      expect(decide('tool.decide', config, own).code).toBe('tool.owner_only');
      const nobody = { channel: 'telegram', kind: 'direct', sender: {} };
      expect(policy.ingress(nobody as never).code).toBe('ingress.sender.missing_id');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'requesterIsOwner');
      Reflect.deleteProperty(Object.prototype, 'id');
    }
  });

  test('denies an operation it does not know', () => {
    for (const op of ['', 'tool.run', ...dangerousIds]) {
      expect(decide(op, {}, {})).toMatchObject({ effect: 'deny', code: 'config.invalid' });
    }
  });

  test('a compiled policy answers like a fresh decision, whatever it was asked before', () => {
    const inputs = fc.array(channelInput, { minLength: 2, maxLength: 20 });
    const calls = fc.array(fc.tuple(toolScope, toolName), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(channelConfig, toolConfig, inputs, calls, (channels, tools, events, asked) => {
        const config = { ...channels, ...tools };
        const policy = compilePolicy(config);
        const toolPolicy = compileToolPolicy(config);
        for (const input of [...events, ...events.toReversed()]) {
          expect(policy.ingress(input as never)).toEqual(decide('ingress.decide', config, input));
        }
        for (const [scope, tool] of [...asked, ...asked.toReversed()]) {
          const input = { ...scope, tool };
          expect(toolPolicy.tool(input as never)).toEqual(decide('tool.decide', config, input));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a compiled policy answers like a fresh decision, and keeps its config', () => {
    fc.assert(
      fc.property(channelConfig, channelInput, (config, input) => {
        const policy = compilePolicy(config);
        const before = decide('ingress.decide', config, input);
        for (const key of Object.keys(config)) delete config[key];
        expect(policy.ingress(input as never)).toEqual(before);
        expect(policy.ingress(input as never)).toEqual(before);
      }),
    );
  });
});

describe('ingress', () => {
  test('a value of the wrong type never grants more than the same setting left out', () => {
    const junk = fc.constantFrom<unknown>(null, 0, 1.5, 2 ** 53, '', 'x', []);
    fc.assert(
      fc.property(channelConfig, channelInput, junk, fc.nat(), (config, input, value, pick) => {
        const scalar = paths(
          config,
          (each, key) =>
            typeof key === 'string' && (typeof each === 'boolean' || typeof each === 'string'),
        );
        const path = scalar[pick % Math.max(1, scalar.length)];
        fc.pre(path !== undefined && !(Array.isArray(value) && path.length === 0));
        const broken = changed(config, path ?? [], value);
        const without = changed(config, path ?? [], undefined);
        expect(rank('ingress.decide', broken, input)).toBeLessThanOrEqual(
          rank('ingress.decide', without, input),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('removing an entry from a list of senders never grants', () => {
    fc.assert(
      fc.property(channelConfig, channelInput, fc.nat(), (config, given, pick) => {
        // A refused command ranks below the pairing code a stranger gets, so there is none here.
        const input = changed(given, ['command'], undefined);
        const entries = paths(config['channels'], (_each, key) => typeof key === 'number');
        const path = entries[pick % Math.max(1, entries.length)];
        fc.pre(path !== undefined);
        const narrowed = changed(config, ['channels', ...(path ?? [])], undefined);
        expect(rank('ingress.decide', narrowed, input)).toBeLessThanOrEqual(
          rank('ingress.decide', config, input),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('the pairing store decides nothing in rooms', () => {
    fc.assert(
      fc.property(channelConfig, channelInput, (config, input) => {
        const room = { ...input, kind: 'group' };
        const paired = changed(room, ['state', 'paired'], ['1', '2', '3', '*']);
        const unpaired = changed(room, ['state', 'paired'], undefined);
        expect(decide('ingress.decide', config, paired)).toEqual(
          decide('ingress.decide', config, unpaired),
        );
      }),
    );
  });

  test('addressing the agent never admits somebody who is refused when no mention is needed', () => {
    fc.assert(
      fc.property(channelConfig, channelInput, (config, input) => {
        const always = changed(input, ['state', 'activation'], 'always');
        expect(rank('ingress.decide', config, input)).toBeLessThanOrEqual(
          rank('ingress.decide', config, always),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('an id named like a member of Object is an ordinary id', () => {
    fc.assert(
      fc.property(
        channelConfig,
        channelInput,
        fc.constantFrom(...dangerousIds),
        (config, input, id) => {
          fc.pre(!JSON.stringify(config).includes(id));
          const named = changed({ ...input, peerId: id }, ['sender', 'id'], id);
          const fresh = changed({ ...input, peerId: 'q7' }, ['sender', 'id'], 'q7');
          expect(decide('ingress.decide', config, named)).toEqual(
            decide('ingress.decide', config, fresh),
          );
        },
      ),
    );
  });
});

describe('session keys', () => {
  const piece = fc
    .array(fc.constantFrom('a', 'A', ':', '%', '~', '/', '3A', 'direct', 'topic', 'é'), {
      minLength: 1,
      maxLength: 3,
    })
    .map((parts) => parts.join(''));
  const place = fc.oneof(
    fc.record({ kind: fc.constant('direct'), sender: fc.record({ id: piece }) }),
    fc.record({ kind: fc.constant('group'), peerId: piece, topicId: piece }),
    fc.record({ kind: fc.constant('channel'), peerId: piece, threadId: piece }),
    fc.record({ kind: fc.constant('cron'), job: piece, run: piece }),
    fc.record({ kind: fc.constant('hook'), hookId: piece }),
    fc.record({ kind: fc.constant('subagent'), uuid: piece }),
  );
  const input = fc
    .tuple(place, fc.constantFrom('irc', 'matrix'))
    .map(([fields, channel]): Json =>
      Object.assign({ agentId: 'main', accountId: 'default', channel }, fields),
    );
  test.each(['per-peer', 'per-channel-peer', 'per-account-channel-peer'])(
    'are equal for equal conversations only (%s)',
    (dmScope) => {
      fc.assert(
        fc.property(input, input, (a, b) => {
          const config = { session: { dmScope } };
          const first = decide('session.key', config, a);
          const second = decide('session.key', config, b);
          fc.pre(first.effect === 'allow' && second.effect === 'allow');
          const same = identity(a) === identity(b);
          expect(first.value === second.value).toBe(same);
        }),
        { numRuns: 2000 },
      );
    },
  );

  test('a stranger cannot name himself into a linked session', () => {
    const config = {
      session: { dmScope: 'per-peer', identityLinks: { 'a b': ['irc:me'], alice: ['matrix:x'] } },
    };
    fc.assert(
      fc.property(fc.oneof(piece, fc.constantFrom('~alice', '~a%20b', 'alice')), (id) => {
        const { value } = decide('session.key', config, {
          agentId: 'main',
          channel: 'irc',
          kind: 'direct',
          sender: { id },
        });
        expect(String(value)).not.toContain(':~');
      }),
    );
  });
});

describe('tools', () => {
  test('adding an entry to a deny list never grants', () => {
    const added = fc.constantFrom('read', 'group:fs', 'sh', 'we*', 'junk', 'group:nope');
    fc.assert(
      fc.property(
        toolConfig,
        toolScope,
        toolName,
        added,
        fc.nat(),
        (config, scope, tool, entry, pick) => {
          const all = lists(config, 'deny');
          const path = all[pick % Math.max(1, all.length)];
          fc.pre(path !== undefined);
          const list = (path ?? []).reduce<unknown>(
            (value, key) => (value as Json)[key],
            config,
          ) as readonly unknown[];
          const narrowed = changed(config, path ?? [], [...list, entry]);
          expect(rank('tool.decide', narrowed, { ...scope, tool })).toBeLessThanOrEqual(
            rank('tool.decide', config, { ...scope, tool }),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('removing an entry from an allow list never grants and lifts no constraint', () => {
    fc.assert(
      fc.property(toolConfig, toolScope, toolName, fc.nat(), (config, scope, tool, pick) => {
        const entries = lists(config, 'allow', 'alsoAllow').flatMap((path) =>
          (path.reduce<unknown>((value, key) => (value as Json)[key], config) as unknown[]).map(
            (_entry, index) => path.concat(index),
          ),
        );
        const path = entries[pick % Math.max(1, entries.length)];
        fc.pre(path !== undefined);
        const narrowed = changed(config, path ?? [], undefined);
        const before = decide('tool.decide', config, { ...scope, tool });
        const after = decide('tool.decide', narrowed, { ...scope, tool });
        expect(RANK[after.effect]).toBeLessThanOrEqual(RANK[before.effect] ?? 0);
        if (after.effect === 'allow') {
          expect({ ...after.constraints, ...before.constraints }).toEqual({ ...after.constraints });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('the list holds exactly the tools that are allowed one by one', () => {
    fc.assert(
      fc.property(toolConfig, toolScope, toolName, (config, scope, tool) => {
        const list = decide('tool.list', config, scope);
        fc.pre(list.effect === 'allow');
        const canonical = tool === 'Bash ' ? 'exec' : tool;
        const allowed = decide('tool.decide', config, { ...scope, tool }).effect === 'allow';
        expect((list.value as readonly string[]).includes(canonical)).toBe(allowed);
      }),
      { numRuns: 1000 },
    );
  });

  test('tools of the owner and tools that do not exist are refused whatever is configured', () => {
    const ownerTools = [
      'cron',
      'gateway',
      'webhook',
      'hooks',
      'nodes',
      'computer',
      'screen',
      'terminal',
      'conversations_list',
      'conversations_send',
      'conversations_turn',
    ];
    fc.assert(
      fc.property(toolConfig, toolScope, (config, scope) => {
        for (const tool of ownerTools) {
          const input = { ...scope, tool, requesterIsOwner: false };
          expect(decide('tool.decide', config, input).code).toBe('tool.owner_only');
        }
        for (const tool of ['nothing', ...dangerousIds]) {
          expect(decide('tool.decide', config, { ...scope, tool }).code).toBe('tool.unknown');
        }
      }),
    );
  });

  test('a sub-agent never has a tool its parent lacks', () => {
    fc.assert(
      fc.property(toolConfig, toolScope, (config, scope) => {
        const parentTools = ['read', 'browser'];
        const list = decide('tool.list', config, { ...scope, subagent: { depth: 1, parentTools } });
        fc.pre(list.effect === 'allow');
        expect(parentTools).toEqual(expect.arrayContaining(list.value as string[]));
      }),
    );
  });
});
