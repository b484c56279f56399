/** The law of numbers: whatever is told to whom, and whatever is left out, every connection counts. */
import { type EventName, EVENTS, LIMITS, SCOPES } from '@portcullis/protocol';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WebSocket } from 'ws';

import { Broadcaster } from '../../../src/server/broadcast.ts';
import { Connection } from '../../../src/server/connection.ts';
import { createFakeServices, type FakeServices } from '../fake-services.ts';

// The same cases for every change, so that a failure says something about the change.
if (process.env['PORTCULLIS_LONG'] === undefined) fc.configureGlobal({ seed: 20_261_122 });

let services: FakeServices;

beforeAll(async () => {
  services = await createFakeServices();
});

afterAll(() => services.dispose());

/** A socket that notes what it is given; `bufferedAmount` is what the client has not read. */
class Socket {
  readonly OPEN = 1;
  readonly CONNECTING = 0;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: { readonly event: string; readonly seq: number }[] = [];
  send(text: string): void {
    this.sent.push(JSON.parse(text) as { event: string; seq: number });
  }
  close(): void {
    this.readyState = 3;
  }
  terminate(): void {
    this.readyState = 3;
  }
}

function open(role: string, scopes: readonly string[]): { socket: Socket; connection: Connection } {
  const socket = new Socket();
  const connection = new Connection({
    id: 'c',
    socket: socket as unknown as WebSocket,
    peer: {
      source: '',
      clientIp: '',
      local: true,
      host: undefined,
      origin: undefined,
      door: 'main',
    },
    role,
    scopes,
    caps: [],
    authGeneration: '',
  });
  return { socket, connection };
}

const names = Object.keys(EVENTS) as EventName[];

/** Something is told, to all or to some, urgently or not; or a client stops or starts reading. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('tell' as const),
    event: fc.constantFrom(...names),
    bestEffort: fc.boolean(),
    to: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('read' as const),
    who: fc.integer({ min: 0, max: 3 }),
    behind: fc.constantFrom(0, LIMITS.buffered - 10, LIMITS.buffered + 1),
  }),
);

const holder = fc.record({
  role: fc.constantFrom('operator', 'operator', 'node'),
  scopes: fc.subarray([...SCOPES]),
});

test('numbers begin at one and have no holes, for any events, rights and backlogs', () => {
  fc.assert(
    fc.property(
      fc.tuple(holder, holder, holder, holder),
      fc.array(step, { maxLength: 80 }),
      (holders, steps) => {
        const all = holders.map(({ role, scopes }) => open(role, scopes));
        const broadcaster = new Broadcaster(
          services,
          new Set(all.map(({ connection }) => connection)),
        );
        for (const each of steps) {
          if (each.kind === 'read') {
            const reader = all[each.who];
            if (reader !== undefined) reader.socket.bufferedAmount = each.behind;
          } else {
            const only = each.to === undefined ? undefined : all[each.to]?.connection;
            broadcaster.emit(each.event, {} as never, {
              bestEffort: each.bestEffort,
              ...(only !== undefined && { wants: (connection) => connection === only }),
            });
          }
        }
        for (const { socket } of all) {
          expect(socket.sent.map(({ seq }) => seq)).toEqual(socket.sent.map((_, at) => at + 1));
        }
      },
    ),
    { numRuns: 300 },
  );
});
