import { createRegistry, silentLogger } from '@portcullis/core';
import { expect, test, vi } from 'vitest';

const loaded = vi.hoisted((): string[] => []);
vi.mock('@modelcontextprotocol/sdk/client', async (original) => {
  loaded.push('client');
  return await original();
});
vi.mock('@modelcontextprotocol/sdk/client/streamableHttp.js', async (original) => {
  loaded.push('http');
  return await original();
});

test('the library is loaded when a server is connected, not before', async () => {
  const { default: plugin } = await import('../src/index.ts');
  const registry = createRegistry();
  plugin.register(registry);
  expect(loaded).toEqual([]);
  const { signal } = new AbortController();
  const opening = registry.toolSources.get('mcp')?.open({ id: 'x', log: silentLogger, signal });
  await expect(opening).rejects.toMatchObject({ code: 'mcp.protocol' });
  expect(loaded).toContain('client');
});
