/**
 * Makes the checks of the client library real.
 *
 * Baileys takes a signature for good when `verifySignature` of libsignal does not throw, and it never
 * throws: it answers false. So nothing that is signed is checked, neither the certificates of the
 * server nor the account that links a device nor the keys of contacts. Besides, libsignal prints
 * whole sessions, private keys and all, to the console.
 *
 * What is changed here are the very modules Baileys uses, and only while it runs in a {@link Scope}:
 * nobody else who uses the console, timers or these modules sees a difference.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import nodeCrypto from 'node:crypto';
import { createRequire } from 'node:module';
import { PortcullisError } from '@portcullis/core';

/** What happens in the name of one connection. */
export interface Scope {
  /** True: signatures count as good, as in the library as it comes. */
  readonly skipSignatures: boolean;
  /** Public keys agreed with so far, newest last, 32 bytes each; until the server has proven itself. */
  agreed: Uint8Array[] | undefined;
}

type Verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
type VerifySignature = (
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  isInit?: boolean,
) => boolean;

interface SessionRecord {
  readonly prototype: Record<string, unknown>;
  readonly deserialize: unknown;
}

const scopes = new AsyncLocalStorage<Scope>();
let hardened = false;

/** A scope for one connection. */
export function newScope(skipSignatures: boolean): Scope {
  return { skipSignatures, agreed: [] };
}

/** Runs the library in a scope. Whatever it starts stays in it. */
export function inScope<T>(scope: Scope, work: () => T): T {
  return scopes.run(scope, work);
}

/** Runs what is not the library's. */
export function outsideScope<T>(work: () => T): T {
  return scopes.exit(work);
}

function invalid(what: string): PortcullisError {
  return new PortcullisError('whatsapp.signature_invalid', `${what} is not what it claims to be.`, {
    hint: 'Somebody may stand between this machine and WhatsApp. Try another network; see docs/how-to/whatsapp.md.',
  });
}

/** The `key` of a `NoiseCertificate.Details`: field 3, bytes. */
function certifiedKey(details: Uint8Array): Uint8Array | undefined {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = details[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < details.length) {
    const tag = number();
    if (tag === 0x1a) {
      const length = number();
      return details.subarray(at, at + length);
    }
    if ((tag & 7) === 0) number();
    else if ((tag & 7) === 2) at += number();
    else return undefined;
    if (Number.isNaN(at)) return undefined;
  }
  return undefined;
}

function sameKey(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && nodeCrypto.timingSafeEqual(left, right);
}

/**
 * The first signature of a connection is that of the server's certificate. It must be about the key
 * the server speaks with; without this a copied certificate would do for anybody.
 */
function proveServer(scope: Scope, details: Uint8Array): void {
  const agreed = scope.agreed ?? [];
  scope.agreed = undefined;
  const key = certifiedKey(details);
  const spoken = agreed.at(-1);
  if (key === undefined || spoken === undefined || !sameKey(key, spoken)) {
    throw invalid("The server's certificate");
  }
}

function strictVerify(verify: Verify): Verify {
  return (key, message, signature) => {
    const scope = scopes.getStore();
    const isGood = verify(key, message, signature);
    if (scope === undefined || scope.skipSignatures) return isGood;
    if (!isGood) throw invalid('A signed key');
    if (scope.agreed !== undefined) proveServer(scope, message);
    return true;
  };
}

/** Checks bundles of keys, too: their signatures are skipped by `isInit`. */
function withoutSkipping(verify: VerifySignature): VerifySignature {
  return (key, message, signature, isInit) => {
    const scope = scopes.getStore();
    const skips = scope === undefined || scope.skipSignatures;
    return verify(key, message, signature, skips ? isInit : false);
  };
}

function noteAgreements(): void {
  const agree = nodeCrypto.diffieHellman;
  const noting = ((options: Parameters<typeof agree>[0]): Buffer => {
    const scope = scopes.getStore();
    if (scope?.agreed !== undefined && options.publicKey instanceof nodeCrypto.KeyObject) {
      const der = options.publicKey.export({ format: 'der', type: 'spki' });
      scope.agreed.push(new Uint8Array(der.subarray(-32)));
    }
    return Reflect.apply(agree, nodeCrypto, [options]);
  }) as typeof agree;
  nodeCrypto.diffieHellman = noting;
}

const CONSOLE = ['debug', 'info', 'log', 'warn', 'error'] as const;

/** Nothing the library says reaches the console: it has a logger. */
function silenceConsole(): void {
  for (const name of CONSOLE) {
    const write = console[name];
    console[name] = (...words: unknown[]) => {
      if (scopes.getStore() === undefined) Reflect.apply(write, console, words);
    };
  }
}

/** Runs synchronous work during which nothing is written to the console. */
function quietly<T>(work: () => T): T {
  const kept = CONSOLE.map((name) => [name, console[name]] as const);
  for (const name of CONSOLE) console[name] = () => undefined;
  try {
    return work();
  } finally {
    for (const [name, write] of kept) console[name] = write;
  }
}

function quiet(of: object, name: string): void {
  const method: unknown = Reflect.get(of, name);
  if (typeof method !== 'function') throw strange();
  const silent = function silent(this: unknown, ...args: unknown[]): unknown {
    return quietly(() => Reflect.apply(method, this, args));
  };
  Object.defineProperty(of, name, { value: silent, writable: true, configurable: true });
}

/**
 * Timers of the library keep no process alive: its sockets do, as long as they are open. The upload
 * of keys leaves one of 30 s behind that nobody clears.
 */
function loosenTimers(): void {
  const start = globalThis.setTimeout;
  const loose = (...args: Parameters<typeof setTimeout>): NodeJS.Timeout => {
    const timer = start(...args);
    return scopes.getStore() === undefined ? timer : timer.unref();
  };
  globalThis.setTimeout = Object.assign(loose, start) as typeof start;
}

function strange(): PortcullisError {
  return new PortcullisError(
    'whatsapp.library_unknown',
    'The WhatsApp library is not the one this channel was made for.',
    { hint: 'Install exactly the versions @portcullis/channels-whatsapp names.' },
  );
}

/**
 * Changes the modules of the library, once in a process. To be called before the first connection;
 * the order in which others load the library does not matter.
 *
 * Throws `whatsapp.library_unknown` when the modules are not those it knows.
 */
export function harden(): void {
  if (hardened) return;
  const fromHere = createRequire(import.meta.url);
  const fromBaileys = createRequire(fromHere.resolve('baileys'));
  const fromSignal = createRequire(fromBaileys.resolve('libsignal'));
  const curve = fromBaileys('libsignal/src/curve.js') as { verifySignature: VerifySignature };
  const ed25519 = fromSignal('curve25519-js') as { verify: Verify };
  const { SessionRecord: record } = fromBaileys('libsignal') as { SessionRecord: SessionRecord };
  if (typeof ed25519.verify !== 'function' || typeof curve.verifySignature !== 'function') {
    throw strange();
  }
  for (const name of ['closeSession', 'openSession', 'removeOldSessions']) {
    quiet(record.prototype, name);
  }
  quiet(record, 'deserialize');
  ed25519.verify = strictVerify(ed25519.verify);
  curve.verifySignature = withoutSkipping(curve.verifySignature);
  noteAgreements();
  silenceConsole();
  loosenTimers();
  hardened = true;
}
