/**
 * Every method of a whole gateway, called with parameters nobody would send: the answer is a result
 * as promised or a refusal that says nothing of the inside, and whoever only reads changes nothing.
 */
import { type MethodName, METHODS, errorShapeSchema } from '@portcullis/protocol';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openAuthed, type Frame, type Raw } from '../../../packages/gateway/test/server/clients.ts';
import {
  NODE_METHODS,
  opens,
  scopeOf,
  scopeRefusal,
} from '../../../packages/gateway/test/server/matrix/law.ts';
import { pairNode } from '../../../packages/gateway/test/server/matrix/callers.ts';
import {
  paramsFor,
  spoiledParamsFor,
} from '../../../packages/gateway/test/server/matrix/params.ts';
import { type RealGateway, TOKEN, startRealGateway } from './real-gateway.ts';
import { KNOWN, furnish } from './furniture.ts';

const NODES = NODE_METHODS as readonly MethodName[];
const ALL = (Object.keys(METHODS) as MethodName[]).filter((name) => !NODES.includes(name));
const LONG = process.env['PORTCULLIS_LONG'] !== undefined;
const DRAWS = LONG ? 400 : 24;

/** No answer to a call is worth more: a call that hangs is named by it. */
const ANSWER_MS = 5000;

/** Methods that answer when a run ends: it is enough that others are answered meanwhile. */
const WAITING: ReadonlySet<string> = new Set(['agent', 'agent.wait']);

/** Characters of an error: nobody has what he sent repeated to him at any length. */
const LONGEST = 4096;

/** What tells of the inside: places in sources, stacks, names of this machine. */
const INSIDE = /node:internal|\bat \S+ \(|\.(?:ts|js|mjs):\d+|SQLITE_|ENOENT|EACCES|node_modules/u;

let gateway: RealGateway;

beforeAll(async () => {
  gateway = await startRealGateway();
  await furnish(gateway, () => openAuthed(gateway, { auth: { token: TOKEN } }));
});

afterAll(() => gateway.close());

const connect = (scopes: readonly string[]): Promise<Raw> =>
  openAuthed(gateway, { scopes, auth: { token: TOKEN } });

/** The answer to a call, or to the call after one that waits. */
async function call(raw: Raw, method: string, params: unknown): Promise<Frame> {
  // What was heard before is not looked through again for every answer.
  raw.frames.length = 0;
  const closed = raw.closed.then(({ code, reason }): never => {
    throw new Error(`the connection was closed: ${String(code)} ${reason}`);
  });
  const answers = [raw.request(method, params), closed];
  if (WAITING.has(method)) answers.push(raw.request('health'));
  return Promise.race(answers);
}

function check(method: MethodName, { ok, payload, error }: Frame, isAdmin: boolean): void {
  if (ok === true) {
    const result = WAITING.has(method) ? undefined : METHODS[method].result.safeParse(payload);
    expect(result?.error).toBeUndefined();
    return;
  }
  expect(errorShapeSchema.safeParse(error).error).toBeUndefined();
  // An error nobody threw on purpose.
  expect(error?.message).not.toContain('failed inside');
  const text = JSON.stringify(error);
  expect(text.length).toBeLessThan(LONGEST);
  expect(text).not.toMatch(INSIDE);
  expect(text).not.toContain(TOKEN);
  if (!isAdmin) expect(text).not.toContain(gateway.folder);
}

/** Draws parameters for every method, right and wrong ones, and has `judge` look at each answer. */
async function tryAll(
  raw: Raw,
  methods: readonly MethodName[],
  judge: (method: MethodName, answer: Frame) => void,
): Promise<void> {
  for (const method of methods) {
    const params = fc.oneof(paramsFor(method, KNOWN), spoiledParamsFor(method, KNOWN));
    const property = fc.asyncProperty(fc.constant(method), params, async (name, value) => {
      judge(name, await call(raw, name, value));
    });
    await fc.assert(property, { numRuns: DRAWS, timeout: ANSWER_MS });
  }
}

describe('whatever the parameters are', () => {
  const callers = [[], ['operator.read'], ['operator.write'], ['operator.approvals']];

  test.each(callers.map((held) => ({ held })))(
    'P29.01: who holds $held is refused what that does not open, and nothing changes',
    async ({ held }) => {
      const raw = await connect(held);
      const before = gateway.state();
      const closed = ALL.filter((method) => !opens(held, scopeOf(method)));
      await tryAll(raw, closed, (method, { ok, error }) => {
        expect([ok, error]).toEqual([false, scopeRefusal(scopeOf(method))]);
      });
      expect(gateway.state()).toBe(before);
    },
    120_000,
  );

  test('P22.04: a reader changes nothing and is told nothing of the inside', async () => {
    const raw = await connect(['operator.read']);
    const open = ALL.filter((method) => opens(['operator.read'], scopeOf(method)));
    for (const method of open) {
      const before = gateway.state();
      await tryAll(raw, [method], (name, answer) => check(name, answer, false));
      expect([method, gateway.state() === before]).toEqual([method, true]);
    }
  }, 120_000);

  test('an admin is answered, and the gateway goes on', async () => {
    const raw = await connect(['operator.admin']);
    await tryAll(raw, ALL, (method, answer) => check(method, answer, true));
    expect((await raw.request('health')).ok).toBe(true);
    expect(gateway.log()).not.toContain('a method failed');
  }, 240_000);

  test('a node is answered its own, and changes nothing it was not asked for', async () => {
    const node = await pairNode(gateway, TOKEN);
    const raw = await node.connect();
    await tryAll(raw, NODES, (method, answer) => check(method, answer, false));
    expect((await raw.request(NODES[0] ?? '', {})).type).toBe('res');
  });
});
