/**
 * MCP over Streamable HTTP, by the official transport, over the one link the gateway hands out.
 *
 * There is no standing stream: a server speaks when it is spoken to. A stream that a server broke off
 * to be taken up again is taken up a few times for each message.
 *
 * @module
 */
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { WebLink, WebLinkRequest } from '@portcullis/core';

/** A transport and the way to end the session at the server. */
export interface WebTransport {
  readonly transport: Transport;
  readonly goodbye: () => Promise<void>;
}

/** Streams taken up again for one message. */
const MOST_RESUMES = 5;
/** Statuses whose answers have no body. */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** Speaks over `web`; `failed` is told what broke an answer off. */
export function openWebTransport(web: WebLink, failed: (error: unknown) => void): WebTransport {
  let resumes = 0;
  const carry = async (_url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const method = methodOf(init.method);
    if (method === 'POST') resumes = 0;
    else if (method === 'GET') {
      resumes += 1;
      if (headers['last-event-id'] === undefined || resumes > MOST_RESUMES) return nothing();
    }
    return await responseOf(
      web,
      {
        method,
        headers,
        ...(typeof init.body === 'string' ? { body: init.body } : {}),
        ...(init.signal === null || init.signal === undefined ? {} : { signal: init.signal }),
      },
      failed,
    );
  };
  const http = new StreamableHTTPClientTransport(new URL(web.url), { fetch: carry });
  return {
    // The library types its optional members more loosely than this repository reads them.
    transport: http as Transport,
    goodbye: async () => {
      if (http.sessionId !== undefined) await http.terminateSession();
    },
  };
}

function methodOf(method: string | undefined): NonNullable<WebLinkRequest['method']> {
  return method === 'POST' || method === 'DELETE' ? method : 'GET';
}

/** What a server without a standing stream answers. */
function nothing(): Response {
  return new Response(null, { status: 405 });
}

async function responseOf(
  web: WebLink,
  request: WebLinkRequest,
  failed: (error: unknown) => void,
): Promise<Response> {
  const { status, headers, body } = await web.request(request);
  const sound = status >= 200 && status <= 599;
  const stream = ReadableStream.from(watched(body, failed));
  if (!sound || BODILESS.has(status)) {
    await stream.cancel();
    return new Response(null, { status: sound ? status : 502, headers });
  }
  return new Response(stream, { status, headers });
}

/** The same bytes; tells of what broke them off. Leaving before the first of them ends them too. */
function watched(
  body: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => void,
): AsyncIterable<Uint8Array> {
  const bytes = body[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    next: async () => {
      try {
        return await bytes.next();
      } catch (error) {
        failed(error);
        throw error;
      }
    },
    return: async () => (await bytes.return?.()) ?? { done: true, value: undefined },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
