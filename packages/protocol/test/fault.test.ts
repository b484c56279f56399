import { describe, expect, test } from 'vitest';

import { connectParamsSchema, describeFault, METHODS, requestFrameSchema } from '../src/index.ts';

const client = { id: 'cli', version: '1', platform: 'linux', mode: 'cli' };

function faultOf(schema: typeof connectParamsSchema | typeof requestFrameSchema, value: unknown) {
  const { error } = schema.safeParse(value, { reportInput: true });
  return error === undefined ? undefined : describeFault(error);
}

describe('a fault is named in the words clients know', () => {
  const cases = [
    [{ maxProtocol: 4, client }, "must have required property 'minProtocol'"],
    [{ minProtocol: '4', maxProtocol: 4, client }, 'at /minProtocol: must be integer'],
    [{ minProtocol: 4.5, maxProtocol: 4, client }, 'at /minProtocol: must be integer'],
    [{ minProtocol: 0, maxProtocol: 4, client }, 'at /minProtocol: must be at least 1'],
    [{ minProtocol: 4, maxProtocol: 4, client, x: 1 }, "at root: unexpected property 'x'"],
    [
      { minProtocol: 4, maxProtocol: 4, client: { ...client, version: '' } },
      'at /client/version: must have at least 1 characters',
    ],
    [
      { minProtocol: 4, maxProtocol: 4, client: { id: 'cli', version: '1', platform: 'x' } },
      "at /client: must have required property 'mode'",
    ],
    [{ minProtocol: 4, maxProtocol: 4, client, caps: [1] }, 'at /caps/0: must be string'],
    [{ minProtocol: 4, maxProtocol: 4, client, auth: [] }, 'at /auth: must be object'],
  ] as const;

  test.each(cases)('%j', (value, text) => {
    expect(faultOf(connectParamsSchema, value)).toBe(text);
  });

  test('and never repeats the value, which may be a secret', () => {
    const auth = { token: 42, password: 'hunter2-hunter2' };
    const text = faultOf(connectParamsSchema, { minProtocol: 4, maxProtocol: 4, client, auth });
    expect(text).toBe('at /auth/token: must be string');
  });

  test('an array is no object', () => {
    expect(faultOf(requestFrameSchema, [])).toBe('at root: must be object');
  });
});

describe('parameters that real clients send are accepted', () => {
  const cases = [
    ['chat.history', { sessionKey: 'main', maxBytes: 2048 }],
    ['models.list', { view: 'configured', includeDetails: true, sessionKey: 'main' }],
    ['tasks.list', { sortBy: 'updatedAt' }],
    ['status', { includeChannelSummary: false, includeCliProjection: true }],
    ['sessions.describe', { key: 'main', agentId: 'main' }],
    ['sessions.reset', { key: 'main', expectedSessionId: 'x' }],
    ['chat.metadata', { authProfileId: 'x' }],
    [
      'chat.send',
      { sessionKey: 'main', message: 'x', idempotencyKey: 'y', mentions: [], workContext: {} },
    ],
  ] as const;

  test.each(cases)('%s', (method, params) => {
    expect(METHODS[method].params.safeParse(params).success).toBe(true);
  });

  test('modelCatalog in connect', () => {
    const params = { minProtocol: 4, maxProtocol: 4, client, modelCatalog: { agentId: 'main' } };
    expect(connectParamsSchema.safeParse(params).success).toBe(true);
  });
});
