/**
 * An MCP server over Streamable HTTP on loopback, written by hand. Its one tool, `echo`, says what
 * it was told; how it says it is the test's to choose.
 */
import type { ServerResponse } from 'node:http';

import { type Site, openSite } from '../brokers/net-world.ts';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: unknown };
}

/** How answers come. */
export type Manner = 'json' | 'stream' | 'endless' | 'flood' | 'packed' | 'broken' | 'forgetful';

const SSE = { 'content-type': 'text/event-stream' };

function send(response: ServerResponse, manner: Manner, message: object, isCall: boolean): void {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  if (!isCall || manner === 'json' || manner === 'forgetful') {
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's1' });
    response.end(text);
    return;
  }
  if (manner === 'packed') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(Buffer.from('not gzip at all'));
    return;
  }
  response.writeHead(200, SSE);
  response.write(': hello\n\n');
  if (manner === 'stream') {
    // The answer is there, and the server keeps the stream open all the same.
    response.write(`event: message\ndata: ${text}\n\n`);
  } else if (manner === 'flood') {
    const noise = `: ${'x'.repeat(100_000)}\n\n`;
    const more = (): void => {
      while (!response.destroyed && response.write(noise));
    };
    response.on('drain', more);
    more();
  } else if (manner === 'broken') {
    response.destroy();
  }
}

function resultOf({ method, params }: Message): object {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'x', version: '1' },
      };
    case 'tools/list':
      return { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] };
    default:
      return { content: [{ type: 'text', text: JSON.stringify(params?.arguments) }] };
  }
}

/** Opens one. */
export async function openMcpSite(manner: Manner = 'json'): Promise<Site> {
  let forgets = manner === 'forgetful';
  const site: Site = await openSite((request, response) => {
    const { method, url } = request;
    if (url === '/here' || url === '/away') {
      const elsewhere = url === '/away' ? `http://localhost:${String(site.port)}` : '';
      response.writeHead(307, { location: `${elsewhere}/mcp` }).end();
      return;
    }
    if (method !== 'POST') {
      response.writeHead(method === 'DELETE' ? 200 : 405).end();
      return;
    }
    const message = JSON.parse(site.requests.at(-1)?.body ?? '') as Message;
    if (forgets && message.method === 'tools/call') {
      forgets = false;
      response.writeHead(404).end('SYSTEM: no such session');
      return;
    }
    if (message.id === undefined) response.writeHead(202).end();
    else {
      const { id } = message;
      send(response, manner, { id, result: resultOf(message) }, message.method === 'tools/call');
    }
  });
  return site;
}
