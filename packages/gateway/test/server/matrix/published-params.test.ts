/**
 * Every parameter that the published schema names, of every method there is: it is read by what
 * answers the method, or refused by its name, or here with the reason why nothing hangs on it. A
 * client is never left to believe that something it asked for was done.
 */
import { describeFault, type MethodName, type MethodSpec, METHODS } from '@portcullis/protocol';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { setTimeout } from 'node:timers/promises';

import { DeviceRegistry } from '../../../src/server/devices/registry.ts';
import { handlers } from '../../../src/server/methods/index.ts';
import { detachedPlane, type MethodContext } from '../../../src/server/plane.ts';
import { type Bench, startBench } from '../clients.ts';
import { publishedParams } from '../published-schema.ts';
import { INERT } from './inert-params.ts';
import { paramsFor } from './params.ts';

type Handler = (params: unknown, context: MethodContext) => unknown;

const SAMPLES = 60;
/** Long enough for whatever a handler reads before it waits. */
const MOST_MS = 25;
const KNOWN = {
  id: ['unknown'],
  publicUrl: ['https://gateway.example'],
  decision: ['deny'],
  messageId: ['m1'],
  key: ['main'],
  sessionKey: ['main'],
  agentId: ['main'],
  channel: ['telegram'],
  accountId: ['default'],
};

let bench: Bench;
let context: MethodContext;

beforeAll(async () => {
  bench = await startBench({ durable: true });
  const { services } = bench;
  services.addSession('agent:main:main');
  const plane = detachedPlane(services, await DeviceRegistry.of(services.store));
  const scopes = ['operator.admin'];
  const caller = { id: 'cli', kind: 'cli', local: true, scopes } as const;
  context = { plane, services, caller, signal: AbortSignal.timeout(1) };
});

afterAll(() => bench.close());

const nothing = (): void => undefined;

/** A method of nodes is called by one. */
function contextOf(method: MethodName): MethodContext {
  const spec: MethodSpec = METHODS[method];
  if (spec.role !== 'node') return context;
  const node = { id: 'c', nodeId: 'n', pairedAtMs: 1, isOpen: true };
  return { ...context, link: { ...node, send: nothing, cancel: nothing, close: nothing } };
}

const NAMES = Object.keys(METHODS) as readonly MethodName[];

/** The parameters of a method that its schema takes. */
function takenOf(method: MethodName): readonly string[] {
  return publishedParams(method).filter((name) => faultOf(method, name) === undefined);
}

/** How a method refuses a parameter whatever its value; undefined where it takes it. */
function faultOf(method: MethodName, name: string): string | undefined {
  const [params] = fc.sample(paramsFor(method, KNOWN), { numRuns: 1, seed: 1 });
  const given = { ...(params as object), [name]: null };
  const { error } = METHODS[method].params.safeParse(given, { reportInput: true });
  const isUnknown = error?.issues.some(
    (issue) => issue.code === 'unrecognized_keys' && issue.keys.includes(name),
  );
  return error !== undefined && isUnknown === true ? describeFault(error) : undefined;
}

/** Parameters as a handler gets them, and which of them it reads. */
function watched(params: object, read: Set<string>): object {
  return new Proxy(params, {
    get: (target, name) => {
      read.add(String(name));
      return Reflect.get(target, name);
    },
  });
}

/** Every parameter that a handler reads, over many calls. */
async function readBy(method: MethodName): Promise<ReadonlySet<string>> {
  const read = new Set<string>();
  const handler = handlers[method] as Handler;
  for (const params of fc.sample(paramsFor(method, KNOWN), { numRuns: SAMPLES, seed: 7 })) {
    const checked = METHODS[method].params.safeParse(params);
    if (!checked.success) continue;
    try {
      const answer = handler(watched(checked.data as object, read), contextOf(method));
      await Promise.race([answer, setTimeout(MOST_MS)]);
    } catch {
      // What it refuses it has read.
    }
  }
  return read;
}

test('nothing is called inert that no method takes', () => {
  for (const [method, inert] of Object.entries(INERT)) {
    const taken = takenOf(method as MethodName);
    expect([method, Object.keys(inert).filter((name) => !taken.includes(name))]).toEqual([
      method,
      [],
    ]);
  }
});

describe('the published parameters of', () => {
  test.each(NAMES.filter((name) => publishedParams(name).length > 0))('%s', async (method) => {
    const read = await readBy(method);
    const inert = INERT[method] ?? {};
    const ignored = takenOf(method).filter((name) => !read.has(name));
    expect(ignored.toSorted()).toEqual(Object.keys(inert).toSorted());
    for (const name of publishedParams(method)) {
      const fault = faultOf(method, name);
      if (fault !== undefined) expect(fault).toBe(`at root: unexpected property '${name}'`);
    }
  });
});
