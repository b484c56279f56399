import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeSlack, type FakeSlackChannel, fakeSlack, type SlackFault } from '../src/index.ts';

let slack: FakeSlack;
let room: FakeSlackChannel;

beforeEach(async () => {
  slack = await fakeSlack();
  room = slack.addChannel();
});
afterEach(() => slack.close());

async function call(method: string, parameters: Record<string, string>, token = slack.bot.token) {
  const response = await fetch(`${slack.url}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams(parameters),
    signal: AbortSignal.timeout(300),
  });
  return (await response.json()) as Record<string, unknown>;
}

const post = (parameters: Record<string, string>, token?: string) =>
  call('chat.postMessage', { channel: room.id, text: 'x', ...parameters }, token);

async function texts(method: string, more: Record<string, string>): Promise<readonly string[]> {
  const { messages } = await call(method, { channel: room.id, ...more });
  return (messages as { text: string; metadata?: unknown }[]).map(
    (message) => `${message.text}${message.metadata === undefined ? '' : ' +'}`,
  );
}

describe('the Web API refuses', () => {
  test.each<[name: string, parameters: Record<string, string>, error: string]>([
    ['nothing', { text: '' }, 'no_text'],
    ['too much', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['an unknown channel', { channel: 'C0NOWHERE' }, 'channel_not_found'],
    ['unreadable blocks', { blocks: '{' }, 'invalid_blocks_format'],
    ['blocks of no known kind', { blocks: '[{"type":"magic"}]' }, 'invalid_blocks'],
    ['metadata without a payload', { metadata: '{"event_type":"x"}' }, 'invalid_metadata_format'],
  ])('%s', async (_, parameters, error) => {
    expect(await post(parameters)).toEqual({ ok: false, error });
    expect(slack.sent).toEqual([]);
  });

  test('a channel without the bot, and one that is archived', async () => {
    const other = slack.addChannel({ botIsMember: false });
    const hidden = slack.addChannel({ botIsMember: false, type: 'group' });
    const old = slack.addChannel({ archived: true });
    const errors = await Promise.all(
      [other, hidden, old].map(async ({ id }) => (await post({ channel: id }))['error']),
    );
    expect(errors).toEqual(['not_in_channel', 'channel_not_found', 'is_archived']);
  });

  test('no token, a strange one, one of another kind, a revoked one', async () => {
    const tokens = ['xoxb-1', slack.app.appToken];
    const errors = await Promise.all(tokens.map(async (token) => (await post({}, token))['error']));
    slack.revoke(slack.bot.token);
    errors.push((await post({}))['error']);
    expect(errors).toEqual(['invalid_auth', 'not_allowed_token_type', 'token_revoked']);
  });

  test('the messages of others', async () => {
    const { ts } = slack.userSends({ from: slack.addUser(), channel: room, text: 'mine' });
    const answer = await call('chat.update', { channel: room.id, ts, text: 'yours' });
    expect(answer['error']).toBe('cant_update_message');
  });
});

test('a workspace sees neither the channels nor the files of another', async () => {
  const elsewhere = slack.addWorkspace({ name: 'Elsewhere' });
  const bot = slack.install(slack.app, elsewhere);
  expect(await post({}, bot.token)).toEqual({ ok: false, error: 'channel_not_found' });
  const anna = slack.addUser();
  const files = [{ name: 'a.txt', bytes: new TextEncoder().encode('abc') }];
  slack.userSends({ from: anna, channel: room, files });
  const [{ payload } = {}] = slack.deliveries;
  const { event } = payload as unknown as { event: { files: { url_private: string }[] } };
  const url = event.files[0]?.url_private ?? '';
  const fetchAs = (token: string) =>
    fetch(url, { headers: { authorization: `Bearer ${token}` }, redirect: 'manual' });
  expect((await fetchAs(bot.token)).status).toBe(302);
  expect(await (await fetchAs(slack.bot.token)).text()).toBe('abc');
  expect(slack.calls.filter(({ method }) => method === 'file').map(({ token }) => token)).toEqual([
    bot.token,
    slack.bot.token,
  ]);
});

test('history is newest first, without threads, and shows metadata only when asked', async () => {
  const metadata = JSON.stringify({ event_type: 'k', event_payload: { a: 1 } });
  const { ts } = await post({ text: 'root', metadata });
  await post({ text: 'in the thread', thread_ts: String(ts) });
  await post({ text: 'last' });
  expect(await texts('conversations.history', {})).toEqual(['last', 'root']);
  const all = { include_all_metadata: 'true', ts: String(ts) };
  expect(await texts('conversations.replies', all)).toEqual(['root +', 'in the thread']);
});

test.each<[fault: SlackFault, status: unknown, sent: number]>([
  [500, 500, 0],
  [429, 429, 0],
  [{ error: 'fatal_error' }, 200, 0],
  ['non-json', 502, 0],
  ['reset', 'lost', 0],
  ['hang', 'lost', 0],
  ['half-body', 'lost', 1],
  ['accept-then-reset', 'lost', 1],
  ['accept-then-500', 500, 1],
  ['accept-then-hang', 'lost', 1],
])('the fault %j', async (fault, status, sent) => {
  slack.fail('chat.postMessage', 1, fault);
  const answer = fetch(`${slack.url}chat.postMessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.bot.token}` },
    body: new URLSearchParams({ channel: room.id, text: 'x' }),
    signal: AbortSignal.timeout(200),
  }).then(async (response) => {
    await response.text();
    return response.status;
  });
  expect(await answer.catch(() => 'lost')).toBe(status);
  expect(slack.sent).toHaveLength(sent);
});

test('what is not acknowledged comes again, and is given up in the end', async () => {
  await slack.close();
  slack = await fakeSlack({ ackTimeoutMs: 20, retryMs: 5 });
  const { url } = await call('apps.connections.open', {}, slack.app.appToken);
  const socket = new WebSocket(String(url));
  const frames: Record<string, unknown>[] = [];
  socket.addEventListener('message', ({ data }) => void frames.push(JSON.parse(String(data))));
  await expect.poll(() => frames[0]?.['type']).toBe('hello');
  const id = slack.deliver({ type: 'team_rename', name: 'x' });
  await expect.poll(() => slack.delivery(id)?.state).toBe('given-up');
  const tries = frames.slice(1).map((frame) => [frame['envelope_id'], frame['retry_attempt']]);
  expect(tries).toEqual([0, 1, 2, 3].map((attempt) => [id, attempt]));
  expect(slack.unacknowledged).toBe(1);
  slack.redeliver(id);
  socket.send(JSON.stringify({ envelope_id: id, payload: {} }));
  await slack.waitForAcknowledged();
  // A ticket opens one connection.
  const again = new WebSocket(String(url));
  await new Promise((resolve) => again.addEventListener('error', resolve));
  socket.close();
});

test('a shared channel says whose people write', async () => {
  const elsewhere = slack.addWorkspace({ name: 'Elsewhere' });
  const guest = slack.addUser({ workspace: elsewhere });
  const shared = slack.addChannel({ sharedWith: [elsewhere] });
  slack.userSends({ from: guest, channel: shared, text: 'hello' });
  expect(slack.deliveries[0]?.payload).toMatchObject({
    team_id: slack.workspace.id,
    is_ext_shared_channel: true,
    event: { user: guest.id, user_team: elsewhere.id, source_team: elsewhere.id },
  });
});
