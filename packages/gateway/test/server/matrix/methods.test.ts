/**
 * Every method, called by everybody: what is answered is the law's answer, whole and exact. A method
 * that is new is in here by being in the table of methods.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  type Bench,
  connectDevice,
  connectParams,
  type Frame,
  makeRawDevice,
  openAuthed,
  openRaw,
  type Raw,
  startBench,
} from '../clients.ts';
import { TOKEN } from '../fake-services.ts';
import { pairNode } from './callers.ts';
import {
  CALLED,
  HOLDINGS,
  NO_PARAMS,
  NODE_METHODS,
  opens,
  paramsRefusal,
  roleRefusal,
  scopeOf,
  scopeRefusal,
} from './law.ts';
import { stateOf } from './state.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
});

afterAll(() => bench.close());

/** The whole answer to a call of each name, in order. */
async function answersTo(raw: Raw): Promise<Record<string, Frame['error'] | 'answered'>> {
  const answers: Record<string, Frame['error'] | 'answered'> = {};
  for (const name of CALLED) {
    const { ok, error } = await raw.request(name, NO_PARAMS);
    answers[`${name}()`] = ok === true ? 'answered' : error;
  }
  return answers;
}

function lawful(held: readonly string[]): Record<string, Frame['error']> {
  return Object.fromEntries(
    CALLED.map((name) => {
      const scope = scopeOf(name);
      const answer = opens(held, scope) ? paramsRefusal(name) : scopeRefusal(scope);
      const isForNodes = NODE_METHODS.includes(name);
      return [`${name}()`, isForNodes ? roleRefusal('operator') : answer];
    }),
  );
}

async function asDevice(scopes: readonly string[]): Promise<Raw> {
  const device = makeRawDevice();
  const first = await connectDevice(bench, device, { scopes });
  const auth = (first.answer.payload ?? {})['auth'] as { readonly deviceToken: string };
  first.socket.terminate();
  return connectDevice(bench, device, { scopes, auth: { deviceToken: auth.deviceToken } });
}

describe.each(HOLDINGS.map((held) => ({ held })))('whoever holds $held', ({ held }) => {
  test('P29.01, P22.01: is answered what that opens, and otherwise what he lacks', async () => {
    const raw = await openAuthed(bench, { scopes: held });
    const before = await stateOf(bench.services);
    expect(await answersTo(raw)).toEqual(lawful(held));
    expect(await stateOf(bench.services)).toBe(before);
  });

  test('P29.01: is answered the same by the token of a device', async () => {
    expect(await answersTo(await asDevice(held))).toEqual(lawful(held));
  });
});

test('P29.01, P22.01: without a device, a client that is no tool of this machine holds nothing', async () => {
  const client = { id: 'test', version: '1', platform: 'x', mode: 'test' };
  const scopes = ['operator.admin', 'admin'];
  const raw = await openAuthed(bench, { client, scopes });
  expect(await answersTo(raw)).toEqual(lawful([]));
});

describe('whoever did not connect', () => {
  const refused = {
    code: 'INVALID_REQUEST',
    message: 'invalid handshake: first request must be connect',
  };

  test('P29.01: is told to, whatever he calls, and let go', async () => {
    const outcomes = await Promise.all(
      CALLED.map(async (name) => {
        const raw = await openRaw(bench);
        const { ok, error } = await raw.request(name, {});
        return [name, ok, error, (await raw.closed).code];
      }),
    );
    expect(outcomes).toEqual(CALLED.map((name) => [name, false, refused, 1008]));
  });

  test('P29.01: because his credential was wrong, has nothing answered that he sent with it', async () => {
    const raw = await openRaw(bench);
    const params = connectParams({ auth: { token: `${TOKEN}x` } });
    raw.send({ type: 'req', id: 'connect', method: 'connect', params });
    for (const name of CALLED.slice(0, 12)) {
      raw.send({ type: 'req', id: name, method: name, params: {} });
    }
    expect((await raw.closed).code).toBe(1008);
    const answered = raw.frames.filter(({ type }) => type === 'res');
    expect(answered.map(({ id, ok }) => [id, ok])).toEqual([['connect', false]]);
  });
});

describe('a node', () => {
  test('P29.01: calls no method of operators, whatever scopes its device was asked for', async () => {
    const node = await pairNode(bench);
    const others = CALLED.filter((name) => !NODE_METHODS.includes(name));
    for (let from = 0; from < others.length; from += 10) {
      const raw = await node.connect();
      const names = others.slice(from, from + 10);
      for (const name of names) {
        const { ok, error } = await raw.request(name, {});
        expect([name, ok, error]).toEqual([name, false, roleRefusal('node')]);
      }
      raw.socket.terminate();
    }
  });

  test('P29.01: is answered its own, which look at their parameters like all others', async () => {
    const raw = await (await pairNode(bench)).connect();
    for (const name of NODE_METHODS) {
      const { error } = await raw.request(name, NO_PARAMS);
      expect([name, error]).toEqual([name, paramsRefusal(name)]);
    }
  });

  test('is let go when it goes on calling them', async () => {
    const raw = await (await pairNode(bench)).connect();
    for (let call = 0; call < 11; call += 1) {
      raw.send({ type: 'req', id: `c${String(call)}`, method: 'status' });
    }
    expect(await raw.closed).toEqual({ code: 1008, reason: 'repeated unauthorized calls' });
  });
});
