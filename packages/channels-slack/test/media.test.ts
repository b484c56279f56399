import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { PortcullisError } from '@portcullis/core';
import type { FakeSlackUser, SlackFault } from '@portcullis/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, createBench, soon } from './bench.ts';

let bench: Bench;
let anna: FakeSlackUser;

beforeEach(async () => {
  bench = await createBench();
  anna = bench.slack.addUser({ name: 'anna' });
  await bench.listen();
});
afterEach(() => bench.close());

const fetchMedia = async (ref: string, mimeType?: string, max = 100) =>
  await bench.channel.fetchMedia?.(
    { ref, ...(mimeType === undefined ? {} : { mimeType }) },
    max,
    soon(),
  );

async function received(text: string, mimeType = 'text/plain') {
  const bytes = new TextEncoder().encode(text);
  bench.slack.userSends({ from: anna, files: [{ name: 'a.txt', mimeType, bytes }] });
  const [event] = await bench.waitForEvents(1);
  return event?.attachments?.[0] ?? expect.fail('no attachment');
}

test('the bytes of a file come with the token, from Slack', async () => {
  const attachment = await received('hello');
  const bytes = await bench.channel.fetchMedia?.(attachment, 5, soon());
  expect(new TextDecoder().decode(bytes)).toBe('hello');
  const call = bench.slack.calls.find(({ method }) => method === 'file');
  expect(call).toMatchObject({ token: bench.slack.bot.token, host: new URL(bench.slack.url).host });
});

test('P19.02: no other host is asked, and none gets the token', async () => {
  const asked: unknown[] = [];
  const other: Server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.end('x');
  });
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const refs = [
    `http://127.0.0.1:${port}/files-pri/T1-F1/a`,
    `http://localhost:${port}/a`,
    'https://files.slack.com.evil.example/a',
    'https://evil.example/files.slack.com',
    'http://files.slack.com/a',
    'https://user@files.slack.com/a',
    'https://files.slack.com:8443/a',
    'file:///etc/passwd',
    'not an address',
    '',
  ];
  for (const ref of refs) {
    const error: unknown = await fetchMedia(ref).catch((thrown: unknown) => thrown);
    expect(error, ref).toMatchObject({ code: 'media.address_refused' });
  }
  expect(asked).toEqual([]);
  other.close();
});

test.each<[fault: SlackFault, code: string]>([
  ['redirect', 'media.unavailable'],
  ['login-page', 'slack.media_unavailable'],
  [500, 'media.unavailable'],
  ['reset', 'media.unavailable'],
  ['half-body', 'media.unavailable'],
])('a download that meets %j is no file', async (fault, code) => {
  const attachment = await received('hello');
  bench.slack.fail('file', 1, fault);
  const error: unknown = await fetchMedia(attachment.ref).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code });
  expect(JSON.stringify([error, PortcullisError.is(error) && error.message])).not.toContain(
    'files-pri',
  );
});

test('a page somebody sent is a file like any other', async () => {
  const attachment = await received('<!DOCTYPE html><p>slack</p>', 'text/html');
  const bytes = await bench.channel.fetchMedia?.(attachment, 100, soon());
  expect(bytes?.byteLength).toBe(27);
});

test('a file that is too large is refused, stated or not', async () => {
  const attachment = await received('hello');
  const stated = bench.channel.fetchMedia?.(attachment, 4, soon());
  await expect(stated).rejects.toMatchObject({ code: 'media.too_large' });
  expect(bench.slack.calls.some(({ method }) => method === 'file')).toBe(false);
  await expect(fetchMedia(attachment.ref, 'text/plain', 4)).rejects.toMatchObject({
    code: 'media.too_large',
  });
});

test('a file that comes as an id only is asked for', async () => {
  const attachment = await received('hello');
  const id = /F0\w+/u.exec(attachment.ref)?.[0] ?? '';
  expect(new TextDecoder().decode(await fetchMedia(id))).toBe('hello');
  await expect(fetchMedia('F0NOWHERE')).rejects.toMatchObject({ code: 'slack.refused' });
});
