import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Bench, connect, startBench } from '../server/clients.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

describe('tools over the WebSocket', () => {
  test('are listed by group, with the profiles that have them', async () => {
    const { client } = await connect(bench);
    const catalog = await client.request('tools.catalog', {});
    expect(catalog).toMatchObject({
      agentId: 'main',
      profiles: [{ id: 'minimal' }, { id: 'coding' }, { id: 'messaging' }, { id: 'full' }],
      groups: [
        {
          id: 'group:fs',
          source: 'core',
          tools: [{ id: 'read', defaultProfiles: ['coding', 'full'] }],
        },
        { id: 'plugins', source: 'plugin', tools: [{ id: 'echo', defaultProfiles: ['full'] }] },
      ],
    });
    expect(await client.request('tools.catalog', { includePlugins: false })).toMatchObject({
      groups: [{ id: 'group:fs' }],
    });
    await expect(client.request('tools.catalog', { agentId: 'ghost' })).rejects.toThrow(
      'unknown agent id "ghost"',
    );
  });

  test('of a session are those the caller has there', async () => {
    const { client } = await connect(bench);
    expect(await client.request('tools.effective', { sessionKey: 'main' })).toEqual({
      agentId: 'main',
      profile: 'full',
      groups: [
        {
          id: 'core',
          label: 'Built in',
          source: 'core',
          tools: [
            {
              id: 'read',
              label: 'read',
              description: 'Reads a file.',
              rawDescription: 'Reads a file.',
              source: 'core',
            },
          ],
        },
      ],
    });
    await expect(
      client.request('tools.effective', { sessionKey: 'agent:main:nobody' }),
    ).rejects.toThrow('unknown session key "agent:main:nobody"');
  });

  test('are called as the caller, in a session there is', async () => {
    const { client } = await connect(bench);
    expect(await client.request('tools.invoke', { name: 'echo', args: { a: 1 } })).toMatchObject({
      ok: true,
      toolName: 'echo',
      output: { content: [{ type: 'text', text: '{"a":1}' }] },
    });
    expect(await client.request('tools.invoke', { name: 'exec' })).toEqual({
      ok: false,
      toolName: 'exec',
      error: { code: 'tool.unknown', message: 'There is no tool of this name.' },
    });
    for (const [params, why] of [
      [{ name: 'echo', sessionKey: 'agent:main:nobody' }, 'unknown session key'],
      [{ name: 'echo', sessionKey: 'agent:main:main', agentId: 'ghost' }, 'unknown agent id'],
      [{ name: 'echo', confirm: true }, "unexpected property 'confirm'"],
      [{ name: 'echo', approved: true }, "unexpected property 'approved'"],
      [{ tool: 'echo' }, "must have required property 'name'"],
    ] as const) {
      await expect(client.request('tools.invoke', params)).rejects.toThrow(why);
    }
  });
});
