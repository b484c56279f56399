import { connect as connectTcp } from 'node:net';
import { once } from 'node:events';

import { errorShapeSchema, LIMITS } from '@portcullis/protocol';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  type Bench,
  connectParams,
  openAuthed,
  openRaw,
  type Frame,
  type Raw,
  startBench,
} from './clients.ts';

let bench: Bench;
let raw: Raw;

beforeAll(async () => {
  bench = await startBench();
  raw = await openAuthed(bench, { scopes: ['operator.read'] });
});

afterAll(() => bench.close());

/** Sends a message that is answered, and resolves with everything that is answered to it. */
async function saidTo(message: string | Uint8Array): Promise<readonly Frame[]> {
  raw.frames.length = 0;
  raw.socket.send(message, { binary: typeof message !== 'string' });
  await raw.next(({ type }) => type === 'res');
  const last = await raw.request('health');
  expect(last.ok).toBe(true);
  return raw.frames.filter((frame) => frame.type === 'res' && frame.id !== last.id);
}

describe('after hello-ok', () => {
  test('whatever bytes come, one error is answered and others go on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const said = await saidTo(bytes);
        expect(said.map(({ ok }) => ok)).toEqual([false]);
      }),
      { numRuns: 200 },
    );
  });

  test('whatever a frame is made of, it is answered once under its id', async () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const frame = fc.record(
      {
        type: fc.oneof({ weight: 4, arbitrary: fc.constant('req') }, value),
        id: fc.oneof({ weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 8 }) }, value),
        method: fc.oneof(fc.constantFrom('status', '__proto__', 'health', 'chat.send'), value),
        params: value,
        traceparent: value,
        expectedProfileId: value,
        extra: value,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(frame, async (wrong) => {
        const said = await saidTo(JSON.stringify(wrong));
        const { id } = wrong;
        const named = typeof id === 'string' && id !== '' ? id : 'invalid';
        expect(said.map((each) => each.id)).toEqual([named]);
        const [{ ok, error } = { ok: true }] = said;
        if (ok !== true) expect(errorShapeSchema.safeParse(error).error).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  const NO_FRAME: readonly (readonly [string, string])[] = [
    ['of nothing', ''],
    ['of a number', '1'],
    ['of null', 'null'],
    ['of a list of frames', '[{"type":"req","id":"a","method":"health"}]'],
    [
      'in two',
      '{"type":"req","id":"a","method":"health"}{"type":"req","id":"b","method":"health"}',
    ],
    ['with a mark before it', '\u{feff}{"type":"req","id":"a","method":"health"}'],
    [
      'whose method hangs on its prototype',
      '{"type":"req","id":"a","__proto__":{"method":"health"}}',
    ],
    [
      'with a prototype of its own',
      '{"type":"req","id":"a","method":"health","__proto__":{"x":1}}',
    ],
    ['with a constructor', '{"type":"req","id":"a","method":"health","constructor":{}}'],
    ['of a response', '{"type":"res","id":"a","ok":true,"method":"health"}'],
    ['of an event', '{"type":"event","id":"a","event":"tick"}'],
    ['that claims rights', '{"type":"req","id":"a","method":"health","scopes":["operator.admin"]}'],
  ];

  test.each(NO_FRAME)('a frame %s is none', async (_what, text) => {
    const said = await saidTo(text);
    expect(said).toHaveLength(1);
    expect(said[0]?.error).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(said[0]?.error?.message).toMatch(/^invalid request frame: /u);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  test('P22.01: what is said twice counts as it was said last, for the right as for the call', async () => {
    const [first] = await saidTo(
      '{"type":"req","id":"a","method":"health","method":"cron.remove"}',
    );
    expect(first?.error?.message).toBe('missing scope: operator.admin');
    const [second] = await saidTo(
      '{"type":"req","id":"a","method":"sessions.list","params":{"limit":1},"params":{"limit":0}}',
    );
    expect(second?.error?.message).toMatch(/^invalid sessions.list params: at \/limit/u);
  });

  test('parameters that hang on a prototype are not there', async () => {
    const [answer] = await saidTo(
      '{"type":"req","id":"a","method":"sessions.describe","params":{"__proto__":{"key":"main"}}}',
    );
    expect(answer?.error?.message).toMatch(/^invalid sessions.describe params: /u);
  });

  test('P33.05: a frame above the limit closes its connection, unparsed, and no other', async () => {
    const large = await openAuthed(bench);
    large.socket.send('['.repeat(LIMITS.payload + 1));
    expect((await large.closed).code).toBe(1009);
    expect((await raw.request('health')).ok).toBe(true);
  });
});

describe('the first frame', () => {
  test('whatever it is, nobody gets in by it', async () => {
    const change = fc.dictionary(
      fc.constantFrom('minProtocol', 'client', 'role', 'scopes', 'device', 'auth', 'caps', 'x'),
      fc.jsonValue(),
      { minKeys: 1 },
    );
    await fc.assert(
      fc.asyncProperty(change, async (wrong) => {
        const guest = await openRaw(bench);
        const { ok } = await guest.request('connect', {
          ...connectParams({ auth: { token: 'not the token of this gateway' } }),
          ...wrong,
        });
        guest.socket.terminate();
        expect(ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('P13.02: of any bytes closes the socket', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const guest = await openRaw(bench);
        guest.socket.send(bytes, { binary: true });
        expect([1000, 1008]).toContain((await guest.closed).code);
        expect(guest.frames.some(({ ok }) => ok === true)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

/** Opens a socket by hand, to write what no client would. */
async function upgraded(): Promise<ReturnType<typeof connectTcp>> {
  const socket = connectTcp(bench.server.port, '127.0.0.1');
  socket.write(
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toMatch(/^HTTP\/1.1 101 /u);
  return socket;
}

describe('below frames', () => {
  const MALFORMED: readonly (readonly [string, readonly number[]])[] = [
    ['that is not masked', [0x81, 0x02, 0x7b, 0x7d]],
    ['with reserved bits', [0xf1, 0x80, 0, 0, 0, 0]],
    ['of a reserved kind', [0x83, 0x80, 0, 0, 0, 0]],
    ['that continues nothing', [0x80, 0x80, 0, 0, 0, 0]],
    ['that announces 8 exabytes', [0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255]],
    ['of control that is too long', [0x89, 0xfe, 0x00, 0x7e, 0, 0, 0, 0]],
    ['of a close with half a code', [0x88, 0x81, 0, 0, 0, 0, 3]],
    ['of text that is no text', [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]],
  ];

  test.each(MALFORMED)('P13.02: a message %s ends its socket', async (_what, bytes) => {
    const socket = await upgraded();
    socket.on('error', () => undefined);
    socket.write(Uint8Array.from(bytes));
    socket.resume();
    await once(socket, 'close');
    expect((await raw.request('health')).ok).toBe(true);
  });
});
