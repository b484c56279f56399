/**
 * The gateway's inbox over the real store, with messages handed over as fast as they are taken.
 *
 * It is the inbox every channel gets: a message counts once it is committed. What follows in a whole
 * gateway, the decision and the commit that settles the message, is left out.
 *
 * Runs from source, because no package offers its inbox to others.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { gatewayTables } from '@portcullis/gateway';
import { openSqliteStore } from '@portcullis/store-sqlite';

import { GatewayInbox } from '../../packages/gateway/src/intake/inbox.ts';

const { ms, runs } = JSON.parse(process.argv[2] ?? '{}');
const TEXT = 'A message of ordinary length, as people write them to each other. '.repeat(3);
const SENDERS = 1000;

const directory = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const store = await openSqliteStore({
  directory,
  tables: gatewayTables,
  chainKey: new Uint8Array(32),
});
const lease = await store.lease('gateway');
const kernel = { store, lease, now: Date.now, step: () => undefined };
const inbox = new GatewayInbox(kernel, () => inbox.settled());

let count = 0;

/** One message of one of many senders. */
function nextEvent() {
  count += 1;
  const id = `sender-${count % SENDERS}`;
  return {
    kind: 'message',
    eventId: `message:${count}`,
    conversation: { channel: 'bench', accountId: 'default', kind: 'direct', id },
    sender: { id },
    text: TEXT,
    receivedAt: Date.now(),
  };
}

/** Messages committed in a second with `inFlight` under way. */
async function rate(inFlight) {
  const began = performance.now();
  const until = began + ms;
  let taken = 0;
  const hand = async () => {
    while (performance.now() < until) {
      if ((await inbox.accept(nextEvent())) === 'accepted') taken += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, hand));
  return taken / ((performance.now() - began) / 1000);
}

async function best(inFlight) {
  let most = 0;
  for (let run = 0; run < runs; run += 1) most = Math.max(most, await rate(inFlight));
  return most;
}

const one = await best(1);
const many = await best(100);
await lease.release();
await store.close();
rmSync(directory, { recursive: true });
process.stdout.write(`${JSON.stringify({ one, many })}\n`);
