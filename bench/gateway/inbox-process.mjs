/**
 * A gateway with a channel that hands over messages as fast as they are taken.
 *
 * The channel drives the inbox every channel gets: a message counts once it is committed to the
 * store. The policy's decision about it, and the second commit that settles it, go on beside the
 * next messages, as they do in use. Strangers write, so no model is asked.
 *
 * @module
 */
import { createRegistry } from '@portcullis/core';
import { gatewayTables, openGateway } from '@portcullis/gateway';
import { createSecrets, loadConfig, resolvePaths } from '@portcullis/gateway/config';
import { openSqliteStore } from '@portcullis/store-sqlite';

const { ms, runs } = JSON.parse(process.argv[2] ?? '{}');
const TEXT = 'A message of ordinary length, as people write them to each other. '.repeat(3);
const STRANGERS = 1000;
const CHANNEL = 'bench';

const handed = Promise.withResolvers();
const registry = createRegistry();
registry.channel({
  id: CHANNEL,
  config: { '~standard': { version: 1, vendor: CHANNEL, validate: (value) => ({ value }) } },
  secrets: {},
  create: () => ({
    id: CHANNEL,
    run: (inbox, signal) => {
      handed.resolve(inbox);
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(undefined), { once: true });
      });
    },
    send: () => Promise.reject(new Error('nothing is sent here')),
  }),
});

function silent() {}
const log = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

const { env } = process;
const paths = resolvePaths(env);
const config = loadConfig({ env, paths });
const chainKey = new Uint8Array(32);
const directory = paths.stateDbDir;
const store = await openSqliteStore({ directory, tables: gatewayTables, chainKey });
const gateway = await openGateway({
  version: '0.0.0',
  config,
  secrets: createSecrets(config, config.env, paths),
  paths,
  store,
  chainKey,
  registry,
  models: { report: () => ({ active: [], available: [] }), open: silent },
  log,
  installHint: () => '',
});
await gateway.start();
const inbox = await handed.promise;

let count = 0;

/** One message of one of many strangers. */
function nextEvent() {
  count += 1;
  const id = `stranger-${count % STRANGERS}`;
  return {
    kind: 'message',
    eventId: `message:${count}`,
    conversation: { channel: CHANNEL, accountId: 'default', kind: 'direct', id },
    sender: { id },
    text: TEXT,
    receivedAt: Date.now(),
  };
}

async function pauseWhenFull(error) {
  if (error.code !== 'inbox.overloaded') throw error;
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}

/** Messages committed in a second with `inFlight` under way. */
async function rate(inFlight) {
  const began = performance.now();
  const until = began + ms;
  let taken = 0;
  const hand = async () => {
    while (performance.now() < until) {
      const outcome = await inbox.accept(nextEvent()).catch(pauseWhenFull);
      if (outcome === 'accepted') taken += 1;
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
await gateway.stop('measured');
await store.close();
process.stdout.write(`${JSON.stringify({ one, many })}\n`);
