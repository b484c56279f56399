/**
 * An HTTP server that does for tests what the gateway does with a channel's routes.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Handler } from './bench.ts';

export interface RouteServer {
  readonly url: string;
  serve(routes: ReadonlyMap<string, Handler>): void;
  close(): Promise<void>;
}

export async function serveRoutes(): Promise<RouteServer> {
  let routes: ReadonlyMap<string, Handler> = new Map();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const handler = routes.get(request.url ?? '');
    const answer = await handler?.({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]),
      ),
      body: Buffer.concat(chunks),
    });
    response.writeHead(answer?.status ?? 404).end(answer?.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (wanted) => {
      routes = wanted;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
