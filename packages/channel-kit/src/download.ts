/**
 * Downloads that cannot be turned against us: from hosts we know, and never more than a limit.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { isLoopbackUrl } from './endpoint.ts';

/**
 * Reads a body of at most `maxBytes`, counting what comes in: no header is believed. Undefined when
 * there is more; the rest is not read and the connection is given up.
 */
export async function readCapped(
  response: Response,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** What may be downloaded, and from where. */
export interface FetchLimits {
  /**
   * Hosts whose files these are, each with its subdomains: `slack.com`. A server of a test is named
   * with its port, `127.0.0.1:8081`, and only such a one may speak http.
   */
  readonly hosts: readonly string[];
  readonly maxBytes: number;
  /** Sent to these hosts only: the place for a token. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

function isOneOf(hosts: readonly string[], url: URL): boolean {
  return hosts.some((host) =>
    host.includes(':')
      ? url.host === host
      : url.port === '' && (url.hostname === host || url.hostname.endsWith(`.${host}`)),
  );
}

function isAllowed(url: URL, hosts: readonly string[]): boolean {
  if (url.username !== '' || url.password !== '') return false;
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackUrl(url));
  return secure && isOneOf(hosts, url);
}

function unavailable(why: string): PortcullisError {
  return new PortcullisError('media.unavailable', `The file cannot be had: ${why}`, {
    hint: 'Send it again; networks keep files for a limited time.',
  });
}

function tooLarge(maxBytes: number): PortcullisError {
  return new PortcullisError('media.too_large', `The file is larger than ${maxBytes} bytes.`, {
    hint: 'Raise mediaMaxMb of the channel, or send a smaller file.',
  });
}

/**
 * Downloads a file from an address a message named. Refuses whatever is not https, a host that is
 * not listed, and redirects: the one who writes a message must not choose what this machine asks for.
 *
 * Throws `media.address_refused`, `media.too_large` and `media.unavailable`. No error holds the
 * address, which on many networks is a key to the file.
 */
export async function fetchCapped(
  address: string | URL,
  { hosts, maxBytes, headers = {}, signal }: FetchLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const url = URL.canParse(`${address}`) ? new URL(address) : undefined;
  if (url === undefined || !isAllowed(url, hosts)) {
    throw new PortcullisError('media.address_refused', 'The file is not where files may be.', {
      hint: "Nothing to do: the channel takes files from its network's own hosts only.",
    });
  }
  try {
    const response = await fetch(url, { headers, redirect: 'error', signal });
    const bytes = response.ok ? await readCapped(response, maxBytes) : undefined;
    if (bytes !== undefined) return bytes;
    await response.body?.cancel();
    throw response.ok ? tooLarge(maxBytes) : unavailable(`it was answered ${response.status}.`);
  } catch (error) {
    throw PortcullisError.is(error) ? error : unavailable('the download broke off.');
  }
}
