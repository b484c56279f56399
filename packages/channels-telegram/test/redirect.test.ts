import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createTelegramChannel } from '../src/index.ts';
import { FAST, testAccount } from './bench.ts';

test('a redirect is not followed: it would carry the message and the token away', async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    request.resume();
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = testAccount(url, { token: '123456:a-token' });
  const channel = await createTelegramChannel(account, FAST);
  const to = { channel: 'telegram', accountId: 'default', kind: 'direct', id: '5' } as const;
  const sent = channel.send({ to, text: 'x', idempotencyKey: 'k' }, AbortSignal.timeout(5000));
  await expect(sent).rejects.toMatchObject({ code: 'telegram.answer_lost', outcome: 'unknown' });
  expect(seen).toEqual(['/bot123456:a-token/sendMessage']);
  server.close();
});
