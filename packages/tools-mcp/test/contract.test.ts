import { createRegistry } from '@portcullis/core';
import { describeToolSource } from '@portcullis/testkit';
import { expect, test } from 'vitest';

import plugin from '../src/index.ts';

const registry = createRegistry();
plugin.register(registry);
const source = registry.toolSources.get('mcp');
if (source === undefined) throw new Error('the plugin offers no source');

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: object };
}

function resultOf({ method, params }: Message): object {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'bench', version: '1' },
      };
    case 'tools/list':
      return { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] };
    default:
      return { content: [{ type: 'text', text: JSON.stringify(params?.arguments) }] };
  }
}

describeToolSource({
  source,
  serve: (line, say) => {
    const message = JSON.parse(line) as Message;
    if (message.id === undefined) return;
    say(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: resultOf(message) }));
  },
});

test('the package offers nothing but the source', () => {
  expect([...registry.toolSources.keys()]).toEqual(['mcp']);
  expect(registry.tools.size).toBe(0);
});
