/** One HTTP request, exactly as it is written. */
import { request } from 'node:http';

import type { RealGateway } from './real-gateway.ts';

/** What was answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** How to ask. */
export interface Ask {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** The address it comes from. Default: 127.0.0.1. */
  readonly from?: string;
}

/** Sends a request and resolves with its answer; an upgrade that is let in is status 101. */
export function ask(
  { http }: Pick<RealGateway, 'http'>,
  method: string,
  path: string,
  { headers = {}, body, from = '127.0.0.1' }: Ask = {},
): Promise<Answered> {
  const { port } = new URL(http);
  const options = { host: '127.0.0.1', localAddress: from, port, method, path, agent: false };
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, headers: headers as Record<string, string> });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, headers: response.headers, text: '' });
    });
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The headers of a WebSocket upgrade. */
export const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
} as const;
