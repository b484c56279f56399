/**
 * Makes one channel as a gateway does, or none, and says how long it took and what the process
 * holds. Nothing is connected to.
 *
 * @module
 */
import { Secret } from '@portcullis/core';

const { channel } = JSON.parse(process.argv[2] ?? '{}');

/** Well formed, and known to nobody. */
const SECRETS = {
  telegram: { botToken: '7000001:bench-token-of-a-bot-that-is-nowhere' },
  slack: { botToken: 'xoxb-1-2-bench', appToken: 'xapp-1-A0-0-bench' },
  discord: { token: 'NzAwMDAwMDAwMDAwMDAwMDAx.bench0.a-token-of-a-bot-that-is-nowhere' },
};

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };

function accountOf(name, options) {
  const secrets = SECRETS[name] ?? {};
  return {
    accountId: 'bench',
    options,
    log,
    secret: (key) => (key in secrets ? new Secret(secrets[key], 'bench') : undefined),
    credentials: { get: async () => undefined, set: async () => undefined },
    route: silent,
  };
}

async function makeChannel(name) {
  const built = new URL(`../../packages/channels-${name}/dist/index.js`, import.meta.url);
  const { default: plugin } = await import(built.href);
  const definitions = [];
  plugin.register({ channel: (one) => definitions.push(one), auditCheck: silent });
  const [definition] = definitions;
  const checked = await definition.config['~standard'].validate({});
  if (checked.issues !== undefined) throw new Error(JSON.stringify(checked.issues));
  return await definition.create(accountOf(name, checked.value));
}

const began = performance.now();
const made = channel === undefined ? undefined : await makeChannel(channel);
const ms = performance.now() - began;
const megabytes = process.memoryUsage.rss() / 1e6;
if (made !== undefined && made.id !== channel) throw new Error(`${made.id} is not ${channel}`);
process.stdout.write(`${JSON.stringify({ ms, megabytes })}\n`, () => process.exit());
