import { errorShapeSchema, type MethodName, METHODS } from '@portcullis/protocol';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Bench, connectParams, openAuthed, openRaw, type Raw, startBench } from './clients.ts';
import { TOKEN } from './fake-services.ts';

// The same cases for every change, so that a failure says something about the change.
if (process.env['PORTCULLIS_LONG'] === undefined) fc.configureGlobal({ seed: 20_261_122 });

let bench: Bench;
let raw: Raw;

beforeAll(async () => {
  bench = await startBench();
  raw = await openAuthed(bench);
});

afterAll(() => bench.close());

/** Methods that end by themselves. */
const PROMPT = (Object.keys(METHODS) as MethodName[]).filter(
  (method) => method !== 'agent' && method !== 'agent.wait',
);

/** Parameters that are sometimes nearly right. */
const params = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(
    fc.constantFrom(
      'key',
      'sessionKey',
      'limit',
      'message',
      'idempotencyKey',
      'deviceId',
      'requestId',
      '__proto__',
      'constructor',
      'agentId',
      'channel',
      'accountId',
      'id',
      'keys',
      'cursor',
    ),
    fc.oneof(fc.constantFrom('main', 'constructor', '__proto__', '', 0, -1, null), fc.jsonValue()),
  ),
);

test('whatever the parameters are, the answer is a result or a proper error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PROMPT), params, async (method, value) => {
      const { ok, error } = await raw.request(method, value);
      if (ok === true) return;
      expect(errorShapeSchema.safeParse(error).error).toBeUndefined();
      expect(error?.message).not.toContain('failed inside');
      expect(JSON.stringify(error)).not.toContain(TOKEN);
    }),
    { numRuns: 400 },
  );
  expect((await raw.request('health')).ok).toBe(true);
});

test('whatever bytes come after hello-ok, the connection answers or closes, and others go on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      raw.socket.send(bytes, { binary: true });
      expect((await raw.request('health')).ok).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('whatever the first frame is, nobody gets in by it', async () => {
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
