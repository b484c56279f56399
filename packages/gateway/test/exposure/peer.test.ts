/** Whose program is at the other end of a connection. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { PeerOwners } from '../../src/exposure/tailscale/peer.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n';
const row = (theirs: string, ours: string, uid: number): string =>
  `   1: ${theirs} ${ours} 01 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 1 1\n`;

const SOCKET = {
  remoteAddress: '127.0.0.1',
  remotePort: 0xc001,
  localAddress: '127.0.0.1',
  localPort: 0x1f90,
};
const THEIRS = '0100007F:C001';
const OURS = '0100007F:1F90';

function owners(table: string): PeerOwners {
  return new PeerOwners(
    async () => table,
    (uid) => uid === 0,
  );
}

describe('by the table of the kernel', () => {
  test.each([
    ['root', row(THEIRS, OURS, 0), true],
    ['another user', row(THEIRS, OURS, 1000), false],
    ['nobody', '', false],
    ['our own end of it', row(OURS, THEIRS, 0), false],
    ['an end its program has closed', row(THEIRS, OURS, 0).replace(' 01 ', ' 05 '), false],
    ['an end that only waits to be forgotten', row(THEIRS, OURS, 0).replace(' 01 ', ' 06 '), false],
    ['another connection of root', row('0100007F:C002', OURS, 0), false],
    ['a line that breaks off', ` 1: ${THEIRS} ${OURS} 01`, false],
  ])('%s', async (_who, rows, answer) => {
    expect(await owners(HEAD + rows).isTailscaled(SOCKET)).toBe(answer);
    const mapped = { ...SOCKET, remoteAddress: '::ffff:127.0.0.1' };
    expect(await owners(HEAD + rows).isTailscaled(mapped)).toBe(answer);
  });

  test.each([
    ['without an address', { ...SOCKET, remoteAddress: undefined }],
    ['over IPv6', { ...SOCKET, remoteAddress: '::1' }],
  ])('a connection %s is nobody’s', async (_what, socket) => {
    const table = owners(HEAD + row(THEIRS, OURS, 0));
    expect(await table.isTailscaled(socket as typeof SOCKET)).toBe(false);
  });

  test('a table that cannot be read vouches for nobody', async () => {
    const broken = new PeerOwners(() => Promise.reject(new Error('no table')));
    expect(await broken.isTailscaled(SOCKET)).toBe(false);
  });

  test('P13.04: however many ask, one table is read at a time', async () => {
    let reading = 0;
    let most = 0;
    let reads = 0;
    const counted = new PeerOwners(async () => {
      reads += 1;
      reading += 1;
      most = Math.max(most, reading);
      await new Promise(setImmediate);
      reading -= 1;
      return HEAD + row(THEIRS, OURS, 0);
    });
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => counted.isTailscaled(SOCKET)),
    );
    expect(answers.every(Boolean)).toBe(true);
    expect([most, reads]).toEqual([1, 2]);
  });
});

async function listening(): Promise<{ port: number; accepted: Promise<Socket> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const accepted = once(server, 'connection').then(([socket]) => {
    onTestFinished(() => void (socket as Socket).destroy());
    return socket as Socket;
  });
  return { port, accepted };
}

describe.runIf(process.platform === 'linux')('on this machine', () => {
  test('P29.04: a program of our own user could be tailscaled', async () => {
    const { port, accepted } = await listening();
    const client = connect(port, '127.0.0.1');
    onTestFinished(() => void client.destroy());
    expect(await new PeerOwners().isTailscaled(await accepted)).toBe(true);
  });

  test.runIf(process.getuid?.() === 0)('P29.04: a program of another user is not', async () => {
    const { port, accepted } = await listening();
    const script = `exec 3<>/dev/tcp/127.0.0.1/${String(port)}; cat <&3`;
    const child = spawn('/bin/bash', ['-c', script], { uid: 65_534, gid: 65_534, cwd: '/' });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect(await new PeerOwners().isTailscaled(await accepted)).toBe(false);
  });
});
