/** The certificate a gateway shows: whose it may be, and what becomes of it. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { PortcullisError, silentLogger } from '@portcullis/core';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';

import { TlsIdentity, type TlsOptions } from '../../src/exposure/tls/identity.ts';
import { type KeyedCertificate, selfSigned } from '../../src/exposure/tls/self-signed.ts';
import { type Bench, startBench } from '../server/clients.ts';
import { folder } from './folder.ts';

/** An address at which this machine is another one to itself. */
const OWN_ADDRESS = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const NAMES = ['localhost', '127.0.0.1', '::1', 'gate.local'];

function options(directory: string, change: Partial<TlsOptions> = {}): TlsOptions {
  return { directory, names: NAMES, mayMake: true, log: silentLogger, ...change };
}

function open(change: TlsOptions): TlsIdentity {
  const identity = TlsIdentity.open(change);
  onTestFinished(() => identity.close());
  return identity;
}

interface Files {
  readonly certPath: string;
  readonly keyPath: string;
}

function write(directory: string, { cert, key }: KeyedCertificate): Files {
  const files = { certPath: join(directory, 'cert.pem'), keyPath: join(directory, 'key.pem') };
  // As a renewal does it: whole files in place of the old ones.
  for (const [path, text] of [
    [files.certPath, cert],
    [files.keyPath, key],
  ] as const) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return files;
}

function faultOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return PortcullisError.is(error) ? `${error.code} ${error.message}` : String(error);
  }
}

describe('a certificate made here', () => {
  test('is for the names it is asked for, signs itself, and is a server’s only', () => {
    const { cert, key } = selfSigned([...NAMES, 'fd7a:115c:a1e0::12'], 820);
    const certificate = new X509Certificate(cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    for (const name of ['localhost', 'gate.local']) expect(certificate.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1', 'fd7a:115c:a1e0::12']) {
      expect(certificate.checkIP(address)).toBe(address);
    }
    expect(certificate.checkHost('evil.example')).toBeUndefined();
    expect(key).toContain('PRIVATE KEY');
  });

  test('never repeats its number, and is valid beyond 2050 as before', () => {
    const numbers = new Set(
      Array.from({ length: 20 }, () => new X509Certificate(selfSigned([], 1).cert).serialNumber),
    );
    expect(numbers.size).toBe(20);
    const late = new X509Certificate(selfSigned([], 36_500, Date.UTC(2026, 0, 1)).cert);
    expect(late.validToDate.toISOString()).toBe('2125-12-08T00:00:00.000Z');
    expect(late.validFromDate.toISOString()).toBe('2025-12-31T00:00:00.000Z');
  });

  test('P32.03: is kept, private, and is the same at the next start', () => {
    const directory = folder();
    const first = open(options(directory));
    expect(statSync(join(directory, 'gateway-key.pem')).mode & 0o777).toBe(0o600);
    expect(first.selfMade).toBe(true);
    expect(open(options(directory)).fingerprint).toBe(first.fingerprint);
  });

  test('is made anew shortly before its end, or when it is damaged', () => {
    const directory = folder();
    const old = selfSigned(NAMES, 20);
    writeFileSync(join(directory, 'gateway-cert.pem'), old.cert);
    writeFileSync(join(directory, 'gateway-key.pem'), old.key, { mode: 0o600 });
    const second = open(options(directory));
    expect(second.fingerprint).not.toBe(new X509Certificate(old.cert).fingerprint256);
    writeFileSync(join(directory, 'gateway-cert.pem'), 'nothing');
    expect(open(options(directory)).fingerprint).not.toBe(second.fingerprint);
  });
});

describe('files that cannot serve', () => {
  const good = selfSigned(NAMES, 90);

  test.each([
    ['one of two', (files: Files) => ({ certPath: files.certPath }), 'gateway.tls.incomplete'],
    ['none, where none may be made', () => ({ mayMake: false }), 'gateway.tls.incomplete'],
    [
      'a file that is not there',
      (files: Files) => ({ ...files, certPath: '/nonexistent/cert.pem' }),
      'gateway.tls.unreadable gateway.tls.certPath cannot be read: it does not exist',
    ],
    [
      'a key that others may read',
      (files: Files) => {
        chmodSync(files.keyPath, 0o640);
        return files;
      },
      'gateway.tls.key_exposed',
    ],
    [
      'what is no PEM',
      (files: Files) => {
        writeFileSync(files.certPath, 'hello');
        return files;
      },
      'gateway.tls.invalid The file of gateway.tls.certPath',
    ],
    [
      'a key that is none',
      (files: Files) => {
        writeFileSync(files.keyPath, 'SECRET-CANARY');
        return files;
      },
      'gateway.tls.invalid The file of gateway.tls.keyPath',
    ],
    [
      'a key of another certificate',
      (files: Files) => {
        writeFileSync(files.keyPath, selfSigned(NAMES, 90).key);
        return files;
      },
      'gateway.tls.mismatch',
    ],
    [
      'a certificate that has expired',
      (files: Files) => {
        const old = selfSigned(NAMES, 90, Date.UTC(2020, 0, 1));
        writeFileSync(files.certPath, old.cert);
        writeFileSync(files.keyPath, old.key);
        return files;
      },
      'gateway.tls.expired The TLS certificate expired on 2020-03-31',
    ],
    [
      'authorities that are none',
      (files: Files) => ({ ...files, caPath: files.keyPath }),
      'gateway.tls.invalid The file of gateway.tls.caPath',
    ],
  ])('are refused: %s', (_what, spoil, fault) => {
    const directory = folder();
    const files = spoil(write(directory, good));
    const found = faultOf(() => open(options(directory, files)));
    expect(found).toContain(fault);
    expect(found).not.toContain('CANARY');
    expect(existsSync(join(directory, 'gateway-key.pem'))).toBe(false);
  });

  test('soon cannot is a warning', () => {
    const directory = folder();
    const files = write(directory, selfSigned(NAMES, 5));
    expect(open(options(directory, files)).warnings()).toEqual([
      expect.stringContaining('valid until'),
    ]);
    expect(open(options(folder(), write(folder(), good))).warnings()).toEqual([]);
  });
});

let bench: Bench | undefined;

afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

async function serve(tls: TlsIdentity, host = '127.0.0.1'): Promise<number> {
  bench = await startBench({ tls, host });
  return bench.server.port;
}

async function shake(port: number, change: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...change });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

function health(port: number, ca: string): Promise<{ status: number; headers: object }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/health', ca, agent: false },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

describe('a port with a certificate', () => {
  test('answers clients that trust it, with the headers of every answer', async () => {
    const tls = open(options(folder()));
    const port = await serve(tls);
    const { status, headers } = await health(port, tls.material().cert);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
    const stranger = selfSigned(NAMES, 1).cert;
    await expect(health(port, stranger)).rejects.toThrow();
  });

  test('P10.03: speaks nothing older than TLS 1.2, and nothing in the clear', async () => {
    const port = await serve(open(options(folder())));
    expect((await shake(port)).getProtocol()).toBe('TLSv1.3');
    expect((await shake(port, { maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2');
    const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' } as const;
    await expect(shake(port, old)).rejects.toThrow();
    const plain = connectPlain(port, '127.0.0.1');
    plain.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const heard: Buffer[] = [];
    plain.on('data', (data: Buffer) => heard.push(data));
    plain.on('error', () => undefined);
    await once(plain, 'close');
    expect(Buffer.concat(heard).toString()).not.toContain('HTTP/1.1 200');
  });

  test('shows renewed files without a restart, and keeps the old ones when they are bad', async () => {
    const directory = folder();
    const files = write(directory, selfSigned(NAMES, 90));
    const refused: unknown[] = [];
    const log = { ...silentLogger, error: (facts: unknown) => void refused.push(facts) };
    const tls = open(options(directory, { ...files, log, lookEveryMs: 20 }));
    const port = await serve(tls);
    const shown = async (): Promise<string> =>
      (await shake(port)).getPeerX509Certificate()?.fingerprint256 ?? '';
    const before = tls.fingerprint;
    expect(await shown()).toBe(before);
    writeFileSync(files.certPath, 'half a file');
    await expect.poll(() => refused.length, { timeout: 10_000 }).toBe(1);
    expect(await shown()).toBe(before);
    const renewed = selfSigned(NAMES, 90);
    write(directory, renewed);
    const expected = new X509Certificate(renewed.cert).fingerprint256;
    await expect.poll(shown, { timeout: 10_000 }).toBe(expected);
    expect(tls.fingerprint).toBe(expected);
  });

  test('with authorities asks clients of other machines for a certificate, and none of this one', async () => {
    const directory = folder();
    const files = write(directory, selfSigned(NAMES, 90));
    const caPath = join(directory, 'ca.pem');
    writeFileSync(caPath, selfSigned(['clients'], 90).cert);
    const tls = open(options(directory, { ...files, caPath }));
    expect(tls.asksClients).toBe(true);
    const port = await serve(tls);
    expect((await health(port, tls.material().cert)).status).toBe(200);
  });

  test.skipIf(OWN_ADDRESS === undefined)(
    'with authorities lets no client of another machine in without one of theirs',
    async () => {
      const directory = folder();
      const files = write(directory, selfSigned(NAMES, 90));
      const caPath = join(directory, 'ca.pem');
      writeFileSync(caPath, selfSigned(['clients'], 90).cert);
      const port = await serve(open(options(directory, { ...files, caPath })), '0.0.0.0');
      const socket = await shake(port, { host: OWN_ADDRESS });
      socket.on('error', () => undefined);
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      const heard: Buffer[] = [];
      socket.on('data', (data: Buffer) => heard.push(data));
      await once(socket, 'close');
      expect(heard).toEqual([]);
    },
  );
});
