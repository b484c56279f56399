/**
 * The certificate the gateway shows: the operator's own files, or one it made for itself.
 *
 * Promises: a start with files that cannot serve fails with a sentence about what is wrong with
 * them; while running, files that change are taken up when they are good, and the old ones stay in
 * use when they are not. The key is never part of an error.
 *
 * @module
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

import { type Logger, PortcullisError } from '@portcullis/core';

import { replaceFile } from '../../config/atomic-file.ts';
import { readTextFile } from '../../config/text-file.ts';
import { selfSigned } from './self-signed.ts';

/** Where the certificate comes from. */
export interface TlsOptions {
  /** PEM file of the certificate, with its chain. Without it and `keyPath` one is made. */
  readonly certPath?: string | undefined;
  /** PEM file of the private key; private to the user who runs the gateway. */
  readonly keyPath?: string | undefined;
  /** PEM file of authorities: clients of other machines must show a certificate of one of them. */
  readonly caPath?: string | undefined;
  /** Whether one may be made. */
  readonly mayMake: boolean;
  /** Directory for a certificate made here. */
  readonly directory: string;
  /** What a certificate made here is valid for: names and addresses. */
  readonly names: readonly string[];
  readonly log: Logger;
  /** How often the files are looked at. Default a minute. */
  readonly lookEveryMs?: number;
}

/** What TLS needs, in PEM. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

const LOOK_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;

/** How long a certificate made here is valid, and how long before its end another one is made. */
const OWN_DAYS = 820;
const OWN_RENEWED_DAYS = 30;

/** How long before its end a certificate is warned of. */
const WARNED_DAYS = 14;

/** A certificate in use. */
export class TlsIdentity {
  readonly asksClients: boolean;
  /** Whether it was made here, so that clients know it by its fingerprint only. */
  readonly selfMade: boolean;
  readonly #files: Files;
  readonly #log: Logger;
  readonly #listeners: Set<() => void> = new Set();
  readonly #timer: NodeJS.Timeout;
  #current: Loaded;
  #stamp: string;

  private constructor(files: Files, selfMade: boolean, { log, lookEveryMs }: TlsOptions) {
    this.#files = files;
    this.#log = log;
    this.#stamp = stampOf(files);
    this.#current = load(files);
    this.selfMade = selfMade;
    this.asksClients = files.ca !== undefined;
    this.#timer = setInterval(() => this.#look(), lookEveryMs ?? LOOK_EVERY_MS).unref();
  }

  /**
   * Reads or makes the certificate.
   *
   * Throws `gateway.tls.incomplete`, `gateway.tls.unreadable`, `gateway.tls.key_exposed`,
   * `gateway.tls.invalid`, `gateway.tls.mismatch`, `gateway.tls.expired`.
   */
  static open(options: TlsOptions): TlsIdentity {
    const { certPath, keyPath, caPath, mayMake, directory, names } = options;
    const ca = caPath === undefined ? {} : { ca: caPath };
    if (certPath !== undefined && keyPath !== undefined) {
      return new TlsIdentity({ cert: certPath, key: keyPath, ...ca }, false, options);
    }
    if (certPath !== undefined || keyPath !== undefined || !mayMake) {
      throw new PortcullisError(
        'gateway.tls.incomplete',
        'TLS needs a certificate and its key, and not both of them are named.',
        {
          hint: 'Set gateway.tls.certPath and gateway.tls.keyPath, or leave both out and let gateway.tls.autoGenerate make them.',
        },
      );
    }
    const own = {
      cert: join(directory, 'gateway-cert.pem'),
      key: join(directory, 'gateway-key.pem'),
    };
    if (!isUsable(own)) make(own, names);
    return new TlsIdentity({ ...own, ...ca }, true, options);
  }

  /** What a server or a secure context is made with. */
  material(): TlsMaterial {
    return this.#current.material;
  }

  /** SHA-256 of the certificate: `AB:CD:...`. */
  get fingerprint(): string {
    return this.#current.certificate.fingerprint256;
  }

  /** Until when the certificate is valid. */
  get validUntil(): Date {
    return this.#current.certificate.validToDate;
  }

  /** What should be known about the certificate: sentences. */
  warnings(now: number = Date.now()): readonly string[] {
    const { validFromDate, validToDate } = this.#current.certificate;
    const day = validToDate.toISOString().slice(0, 10);
    if (validFromDate.getTime() > now) return ['The TLS certificate is not valid yet.'];
    return validToDate.getTime() - now < WARNED_DAYS * DAY_MS
      ? [`The TLS certificate is valid until ${day} only.`]
      : [];
  }

  /** Calls `listener` whenever another certificate is in use. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops looking at the files. */
  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #look(): void {
    const stamp = stampOf(this.#files);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#current = load(this.#files);
    } catch (error) {
      this.#log.error({ error }, 'the new TLS certificate is not used; the old one stays');
      return;
    }
    this.#log.info({ fingerprint: this.fingerprint }, 'another TLS certificate is in use');
    for (const listener of this.#listeners) listener();
  }
}

interface Files {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

interface Loaded {
  readonly material: TlsMaterial;
  readonly certificate: X509Certificate;
}

/** Changes whenever one of the files does. */
function stampOf({ cert, key, ca }: Files): string {
  return [cert, key, ...(ca === undefined ? [] : [ca])]
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return `${String(stat?.ino)} ${String(stat?.size)} ${String(stat?.mtimeMs)}`;
    })
    .join('; ');
}

function isUsable(files: Files): boolean {
  try {
    const { certificate } = load(files);
    return certificate.validToDate.getTime() - Date.now() > OWN_RENEWED_DAYS * DAY_MS;
  } catch {
    return false;
  }
}

function make(files: Files, names: readonly string[]): void {
  const { cert, key } = selfSigned(names, OWN_DAYS);
  replaceFile(files.key, key);
  replaceFile(files.cert, cert);
}

function read(path: string, key: string, isPrivate: boolean): string {
  const file = readTextFile(path);
  if (file.kind !== 'text') {
    const reason = file.kind === 'missing' ? 'it does not exist' : file.reason;
    throw new PortcullisError('gateway.tls.unreadable', `${key} cannot be read: ${reason}.`, {
      hint: `Correct ${key}, or let the user who runs the gateway read the file.`,
    });
  }
  if (isPrivate && (file.mode & 0o077) !== 0) {
    throw new PortcullisError(
      'gateway.tls.key_exposed',
      'Other users may read or change the file of gateway.tls.keyPath.',
      { hint: 'Make it private: chmod 600 <file>. If it was readable for long, get a new key.' },
    );
  }
  return file.text;
}

function load({ cert, key, ca }: Files): Loaded {
  const material: TlsMaterial = {
    cert: read(cert, 'gateway.tls.certPath', false),
    key: read(key, 'gateway.tls.keyPath', true),
    ...(ca === undefined ? {} : { ca: read(ca, 'gateway.tls.caPath', false) }),
  };
  const certificate = parse('gateway.tls.certPath', () => new X509Certificate(material.cert));
  const privateKey = parse('gateway.tls.keyPath', () => createPrivateKey(material.key));
  if (material.ca !== undefined) {
    const { ca: authorities } = material;
    parse('gateway.tls.caPath', () => new X509Certificate(authorities));
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new PortcullisError(
      'gateway.tls.mismatch',
      'The key of gateway.tls.keyPath is not that of the certificate.',
      { hint: 'Name the two files that were made together; the certificate stands first in its.' },
    );
  }
  if (certificate.validToDate.getTime() < Date.now()) {
    const day = certificate.validToDate.toISOString().slice(0, 10);
    throw new PortcullisError('gateway.tls.expired', `The TLS certificate expired on ${day}.`, {
      hint: 'Renew it; a running gateway takes the new files up by itself.',
    });
  }
  // What OpenSSL finds too weak is refused here and not at the first connection.
  parse('gateway.tls.certPath', () => createSecureContext({ ...material, minVersion: 'TLSv1.2' }));
  return { material, certificate };
}

function parse<T>(key: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const reason = error instanceof Error && 'reason' in error ? ` (${String(error.reason)})` : '';
    throw new PortcullisError(
      'gateway.tls.invalid',
      `The file of ${key} cannot be used for TLS${reason}.`,
      { hint: 'It must be PEM, unencrypted, and strong enough: RSA 2048 or ECDSA P-256 and up.' },
    );
  }
}
