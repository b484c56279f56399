/**
 * Something that runs where a gateway should, and enforces what it is told to.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

import { gatewayTables } from '@portcullis/gateway';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

import type { Home } from '../../call.ts';

/** What it leaves out. All false is a gateway that holds. */
export interface Faults {
  /** Lets programs in that show nothing. */
  readonly noSecret?: boolean;
  /** Lets programs in that show anything. */
  readonly anySecret?: boolean;
  /** Answers requests that show nothing. */
  readonly http?: boolean;
  readonly anyOrigin?: boolean;
  /** Judges the origin of sockets, and not that of requests. */
  readonly anyOriginOfRequests?: boolean;
  readonly anyHost?: boolean;
  readonly noLimit?: boolean;
  /** Counts guesses, and compares all the same what is shown under a lock. */
  readonly softLock?: boolean;
  /** Counts the guesses of a page against every program. */
  readonly oneKey?: boolean;
  /** What `/health` answers. */
  readonly health?: object;
  /** Answers nothing at all. */
  readonly silent?: boolean;
  /** Answers everything with this status. */
  readonly status?: number;
}

/** The secret of it, and the key it left for commands. */
export const SECRET = 'the-secret-of-a-fake-gateway-0123456789';
export const KEY = 'the-key-of-a-fake-gateway-0123456789-abcdef';

const MAX = 10;

class FakeGateway {
  readonly #faults: Faults;
  readonly #wrong = new Map<string, number>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** What somebody is told who shows this: he is in, he is not, or he may not try. */
  judge(shown: string | undefined, origin: string): 'in' | 'missing' | 'wrong' | 'locked' {
    const { noLimit, softLock, oneKey, anySecret } = this.#faults;
    const key = oneKey === true ? '' : origin;
    const count = this.#wrong.get(key) ?? 0;
    const isRight =
      shown === SECRET || shown === KEY || (anySecret === true && shown !== undefined);
    if (noLimit !== true && count >= MAX && !(softLock === true && isRight)) return 'locked';
    if (shown === undefined) return 'missing';
    if (!isRight) this.#wrong.set(key, count + 1);
    return isRight ? 'in' : 'wrong';
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    const { silent, status } = this.#faults;
    if (silent === true) return;
    const [code, body] = status === undefined ? this.#answer(request) : [status, {}];
    response.writeHead(code, { 'Content-Type': 'application/json', Connection: 'close' });
    response.end(JSON.stringify(body));
  }

  #answer({ url = '', method, headers }: IncomingMessage): readonly [number, object] {
    const { anyHost, anyOrigin, anyOriginOfRequests, http, health } = this.#faults;
    if (anyHost !== true && !(headers.host ?? '').startsWith('127.')) return [421, {}];
    const isForeign = isForeignPage(headers.origin);
    if (method === 'POST' && isForeign && anyOrigin !== true && anyOriginOfRequests !== true) {
      return [403, {}];
    }
    if (/^\/(?:health|ready)z?$/u.test(url)) return [200, health ?? { ok: true, status: 'live' }];
    if (http === true) return [200, { serverVersion: '1' }];
    const shown = headers.authorization?.replace('Bearer ', '');
    const judged = this.judge(shown, headers.origin ?? '');
    return [judged === 'in' ? 200 : judged === 'locked' ? 429 : 401, {}];
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { silent, status, anyHost, anyOrigin } = this.#faults;
    if (silent === true) return;
    const { host = '', origin } = request.headers;
    const refusal =
      status ??
      (anyHost !== true && !host.startsWith('127.')
        ? 421
        : anyOrigin !== true && isForeignPage(origin)
          ? 403
          : undefined);
    if (refusal !== undefined) {
      stream.end(`HTTP/1.1 ${String(refusal)} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    new WebSocketServer({ noServer: true }).handleUpgrade(request, stream, head, (socket) =>
      this.#welcome(socket, origin ?? ''),
    );
  }

  #welcome(socket: WebSocket, origin: string): void {
    socket.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload: {} }));
    socket.on('message', (data: Buffer) => {
      const { id, params } = JSON.parse(data.toString('utf8')) as {
        readonly id: string;
        readonly params: { readonly auth?: { readonly token?: string } };
      };
      const judged = this.judge(params.auth?.token, origin);
      const isIn = judged === 'in' || (judged === 'missing' && this.#faults.noSecret === true);
      const code = {
        missing: 'AUTH_TOKEN_MISSING',
        wrong: 'AUTH_TOKEN_MISMATCH',
        locked: 'AUTH_RATE_LIMITED',
        in: '',
      }[judged];
      const answer = isIn ? { ok: true, payload: {} } : { ok: false, error: { details: { code } } };
      socket.send(JSON.stringify({ type: 'res', id, ...answer }));
      if (!isIn) socket.close(1008, 'refused');
    });
  }
}

function isForeignPage(origin: string | undefined): boolean {
  return origin !== undefined && !origin.startsWith('http://127.0.0.1:');
}

/** Runs one as the gateway of a home, until the test is over. */
export async function runFake(home: Home, faults: Faults = {}): Promise<void> {
  const fake = new FakeGateway(faults);
  const server = createServer((request, response) => fake.request(request, response));
  server.on('upgrade', (...upgrade) => fake.upgrade(...upgrade));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const directory = join(home.path, '.openclaw', 'state');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // It is the lock that says that a gateway runs; a note alone may be that of one that died.
  const store = await openSqliteStore({
    directory,
    tables: gatewayTables,
    chainKey: new Uint8Array(32),
  });
  const note = { host: '127.0.0.1', port, key: KEY };
  writeFileSync(join(directory, 'address.json'), JSON.stringify(note), { mode: 0o600 });
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await store.close();
  });
}
