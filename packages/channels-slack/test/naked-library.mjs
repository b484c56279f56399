// Slack's own framework without anything of ours. Run as a program: what ends a process is the point.
// Arguments: web api url, bot token, app token, signing secret. Says what happened as one line each.
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { createHmac } from 'node:crypto';

const [slackApiUrl, token, appToken, signingSecret] = process.argv.slice(2);
const clientOptions = { slackApiUrl };
const nothing = () => undefined;
const logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  setName: nothing,
  getLevel: () => LogLevel.ERROR,
};

const say = (line) => process.stdout.write(`${line}\n`);
process.on('unhandledRejection', (error) => say(`unhandled ${error?.data?.error ?? error?.name}`));
process.stdin.resume();

function openSocketApp(options) {
  const installerOptions = { clientOptions: { ...clientOptions, retryConfig: { retries: 0 } } };
  const receiver = new SocketModeReceiver({
    appToken,
    logger,
    clientPingTimeout: 100,
    installerOptions,
  });
  return new App({ receiver, clientOptions: { ...clientOptions }, logger, ...options });
}

const steps = {
  async 'bad-token'() {
    await openSocketApp({ token: 'xoxb-not-valid-any-more' }).start();
    say('started');
  },
  async listen() {
    const app = openSocketApp({ token });
    app.message(async ({ message }) => {
      say(`handling ${message.text}`);
      await new Promise(nothing);
    });
    await app.start();
    say('listening');
  },
  async send() {
    const app = openSocketApp({ token });
    await app.client.chat.postMessage({ channel: process.env.CHANNEL, text: 'once' });
    say('sent');
  },
  async future() {
    const receiver = new HTTPReceiver({ signingSecret, logger });
    const app = new App({ token, receiver, clientOptions, logger, deferInitialization: true });
    await app.init();
    const { port } = (await app.start(0)).address();
    const body = JSON.stringify({ type: 'event_callback', event: { type: 'x' } });
    const time = String(Math.floor(Date.now() / 1000) + 4000);
    const hash = createHmac('sha256', signingSecret).update(`v0:${time}:${body}`).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'x-slack-request-timestamp': time,
      'x-slack-signature': `v0=${hash}`,
    };
    const url = `http://127.0.0.1:${port}/slack/events`;
    say(`future ${(await fetch(url, { method: 'POST', headers, body })).status}`);
  },
};

for await (const line of process.stdin.setEncoding('utf8')) {
  for (const step of line.split('\n').filter((name) => name in steps)) {
    await steps[step]().catch((error) => say(`failed ${error.code}`));
  }
}
