/**
 * A connection to one of the addresses that were checked, and proof that it went there before a
 * byte is sent: also before the first byte of TLS, which names the host.
 *
 * @module
 */
import { isIP, type LookupFunction, type Socket, connect } from 'node:net';
import { type TLSSocket, connect as startTls } from 'node:tls';

import { PortcullisError } from '@portcullis/core';

/** Where a connection may go. */
export interface Target {
  readonly url: URL;
  /** The only addresses it may lead to. */
  readonly addresses: readonly string[];
  /** Decides on the address it led to: throws what refuses it. */
  readonly check: (address: string) => void;
}

/**
 * Connects, with TLS for https.
 *
 * Throws `net.failed`, `net.tls`, and what `check` throws.
 */
export async function openConnection(target: Target, signal: AbortSignal): Promise<Socket> {
  const { url, check } = target;
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  signal.throwIfAborted();
  const socket = connect({
    host,
    port: Number(url.port === '' ? (secure ? 443 : 80) : url.port),
    lookup: pinned(target.addresses),
    autoSelectFamily: true,
    noDelay: true,
    signal,
  });
  try {
    await ready(socket, 'connect', unreachable);
    check(socket.remoteAddress ?? '');
    if (!secure) return socket;
    const tls: TLSSocket = startTls({
      socket,
      host,
      ...(isIP(host) === 0 ? { servername: host.replace(/\.$/u, '') } : {}),
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      // Said aloud, so that no variable of the environment can switch it off.
      rejectUnauthorized: true,
    });
    await ready(tls, 'secureConnect', untrusted);
    return tls;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Answers every look-up of the socket with the checked addresses: it never asks a resolver. */
function pinned(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const [first] = answers;
    if (options.all === true) callback(null, answers);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  };
}

async function ready(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  fault: (cause: unknown) => PortcullisError,
): Promise<void> {
  // What breaks after nobody waits any more is told by the request; it must not break the process.
  socket.on('error', () => undefined);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (cause?: unknown): void => reject(fault(cause));
  socket.once(event, resolve).once('error', fail).once('close', fail);
  try {
    await promise;
  } finally {
    socket.off(event, resolve).off('close', fail);
  }
}

function unreachable(cause: unknown): PortcullisError {
  return new PortcullisError('net.failed', 'The server could not be reached.', {
    hint: 'Check the address, or try again later.',
    retryable: true,
    cause,
  });
}

function untrusted(cause: unknown): PortcullisError {
  return new PortcullisError('net.tls', 'No trusted connection to the server could be made.', {
    hint: 'Its certificate is not valid for this host, or its TLS is too old.',
    cause,
  });
}
