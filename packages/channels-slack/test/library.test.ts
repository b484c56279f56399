/**
 * Faults of Slack's own libraries, in two halves: what they do by themselves, and that this channel
 * does not. A half that turns green without us says that a workaround may go.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type FakeSlack, fakeSlack } from '@portcullis/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, createBench, place, soon } from './bench.ts';

describe("by itself, Slack's framework", () => {
  let slack: FakeSlack;
  let child: ChildProcess;
  let said = '';
  const saying = (wanted: string) =>
    expect.poll(() => said, { timeout: 10_000, interval: 10 }).toContain(wanted);

  beforeAll(async () => {
    slack = await fakeSlack({ retryMs: 20 });
    const room = slack.addChannel({ name: 'naked' });
    const { token, app } = slack.bot;
    const script = new URL('naked-library.mjs', import.meta.url).pathname;
    const args = [script, slack.url, token, app.appToken, app.signingSecret];
    child = spawn(process.execPath, args, {
      env: { ...process.env, CHANNEL: room.id },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  });
  afterAll(async () => {
    child.kill();
    await slack.close();
  });
  const tell = (step: string) => child.stdin?.write(`${step}\n`);

  test('says it started with a token Slack refuses, and rejects into nothing', async () => {
    tell('bad-token');
    await saying('started');
    await saying('unhandled invalid_auth');
  });

  test('takes a request signed for an hour from now', async () => {
    tell('future');
    await saying('future 200');
  });

  test('sends twice when the answer is lost', async () => {
    slack.fail('chat.postMessage', 1, 'accept-then-reset');
    tell('send');
    await saying('sent');
    expect(slack.sent.map(({ text }) => text)).toEqual(['once', 'once']);
  });

  test('acknowledges what nobody has handled, and dies of what it cannot read', async () => {
    slack.sockets.drop();
    tell('listen');
    await saying('listening');
    slack.userSends({ from: slack.addUser(), text: 'keep me' });
    await saying('handling keep me');
    await slack.waitForAcknowledged();
    slack.deliver({}, { event: null });
    await saying('unhandled TypeError');
  });

  test('rejects into nothing when the app token is revoked while it runs', async () => {
    const before = said.length;
    slack.revoke(slack.app.appToken);
    await expect
      .poll(() => said.slice(before), { timeout: 10_000 })
      .toContain('unhandled invalid_auth');
  });
});

describe('this channel', () => {
  let bench: Bench;
  afterEach(() => bench.close());

  test.each(['botToken', 'appToken'])('ends with a lesson when %s is refused', async (key) => {
    const value = key === 'botToken' ? 'xoxb-not-valid-any-more' : 'xapp-not-valid-any-more';
    bench = await createBench({ secrets: { [key]: value } });
    const error: unknown = await bench.start().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'slack.unauthorized', hint: expect.any(String) });
    expect(String(error)).toContain('invalid_auth');
    expect(bench.channel.status?.().state).toBe('failed');
  });

  test('ends when the app token is revoked while it runs', async () => {
    bench = await createBench();
    const running = bench.start();
    await bench.slack.waitForSocket();
    bench.slack.revoke(bench.slack.app.appToken);
    await expect(running).rejects.toMatchObject({ code: 'slack.unauthorized' });
  });

  test('hears of a revoked bot token at once, not at the next check', async () => {
    bench = await createBench({ timings: { checkMs: 600_000 } });
    const running = bench.start();
    await bench.slack.waitForSocket();
    bench.slack.revoke(bench.slack.bot.token);
    bench.slack.deliver({ type: 'tokens_revoked', tokens: { bot: [bench.slack.bot.userId] } });
    await expect(running).rejects.toMatchObject({ code: 'slack.unauthorized' });
  });

  test('lives on after what it cannot read', async () => {
    bench = await createBench();
    await bench.listen();
    for (const event of [
      null,
      7,
      [],
      { type: 7 },
      { type: 'message' },
      { type: 'message', ts: {} },
    ]) {
      bench.slack.deliver({}, { event });
    }
    bench.slack.userSends({ from: bench.slack.addUser(), text: 'still there?' });
    const [event] = await bench.waitForEvents(1);
    expect(event?.text).toBe('still there?');
  });

  test('sends once when the answer is lost, and finds the message by its mark', async () => {
    bench = await createBench();
    const room = bench.slack.addChannel();
    const to = place(bench.slack, room.id);
    bench.slack.fail('chat.postMessage', 1, 'accept-then-reset');
    const sending = bench.channel.send({ to, text: 'once', idempotencyKey: 'k' }, soon());
    await expect(sending).rejects.toMatchObject({ outcome: 'unknown', code: 'slack.answer_lost' });
    expect(bench.slack.sent).toHaveLength(1);
    const found = await bench.channel.lookup?.('k', soon(), to);
    expect(found).toEqual({ messageId: bench.slack.sent[0]?.ts });
    expect(await bench.channel.lookup?.('other', soon(), to)).toBeUndefined();
  });
});
