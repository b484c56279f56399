/**
 * The `browser` broker: what an agent does in a browser, decided action by action and address by
 * address before a driver does it.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import {
  type BrowserBroker,
  type BrowserDriver,
  type BrowserRequest,
  type BrowserResult,
  type Decision,
  type Json,
  PortcullisError,
} from '@portcullis/core';
import { type NetInput, classifyAddress, decideNet } from '@portcullis/policy/network';

import { textHash } from '../../audit/journal.ts';
import { getPath } from '../../config/index.ts';
import type { Kernel } from '../../kernel.ts';
import type { EffectGate } from '../effect.ts';
import { type Resolve, addressesOf } from '../net/resolve.ts';
import { mayAct } from './authority.ts';

/** What the broker acts through. */
export interface BrowserRooms {
  /** The browser there is. */
  readonly driver: () => BrowserDriver | undefined;
  readonly resolve: Resolve;
}

const LOOKUP_MS = 30_000;
const BLANK = 'about:blank';
/** What is no action of a person in a page, whatever it is called. */
const LOOKS: ReadonlySet<string> = new Set([
  'open',
  'navigate',
  'status',
  'start',
  'stop',
  'tabs',
  'snapshot',
  'screenshot',
  'console',
  'pdf',
  'focus',
  'close',
]);

/** Makes the broker of one call. */
export function createBrowserBroker(
  kernel: Kernel,
  gate: EffectGate,
  rooms: BrowserRooms,
): BrowserBroker {
  return { perform: (request) => new Visit(kernel, gate, rooms).perform(request) };
}

/** One action, and every address it leads to. */
class Visit {
  readonly #kernel: Kernel;
  readonly #gate: EffectGate;
  readonly #rooms: BrowserRooms;

  constructor(kernel: Kernel, gate: EffectGate, rooms: BrowserRooms) {
    this.#kernel = kernel;
    this.#gate = gate;
    this.#rooms = rooms;
  }

  async perform(request: BrowserRequest): Promise<BrowserResult> {
    const driver = this.#rooms.driver();
    if (driver === undefined) throw unavailable();
    const { run, flow, signal } = this.#gate.site;
    const { sessionKey } = run;
    const tab = 'tab' in request ? request.tab : undefined;
    const at = 'url' in request ? request.url : await driver.location(sessionKey, tab);
    return await this.#gate.perform({
      kind: 'browser',
      action: LOOKS.has(request.action) ? 'look' : 'act',
      facts: {
        act: LOOKS.has(request.action) || isAct(request) ? request.action : '<unknown>',
        host: hostOf(at),
        ...(at === undefined ? {} : { urlHash: textHash(at) }),
      },
      subject: { ...subjectOf(request), at: at ?? null },
      leaves: leaving(request),
      decide: async () => await this.#decisions(request, at),
      act: async () => {
        const door = { visit: (url: string, hop = 0) => this.#visit(url, hop) };
        const result = await driver.perform(request, { sessionKey, door, signal });
        // The session is labelled with what a page brings before anything of it is handed over.
        await flow.learn({ from: 'external' });
        return result;
      },
      outcome: ({ text = '', file }) => ({ chars: text.length, bytes: file?.bytes.length }),
    });
  }

  async #decisions(request: BrowserRequest, at: string | undefined): Promise<readonly Decision[]> {
    const { site } = this.#gate;
    const allowed = [...this.#switches(request), ...mayAct(this.#kernel, site, request.action)];
    if ('url' in request) return [...allowed, ...(await this.#goingTo(request.url, 0))];
    if (LOOKS.has(request.action)) return allowed;
    // What is done in a page tells its server something, wherever the page is.
    return [...allowed, await site.flow.decide({ kind: 'web.write', url: at ?? BLANK })];
  }

  /** What the operator switched off. */
  #switches({ action }: BrowserRequest): readonly Decision[] {
    const config = this.#kernel.config().value;
    const off = (path: string): readonly Decision[] =>
      (getPath(config, path) ?? true) === true
        ? []
        : [{ effect: 'deny', code: 'browser.off', path, reason: 'It is switched off.' }];
    return [
      ...off('browser.enabled'),
      ...(action === 'evaluate' ? off('browser.evaluateEnabled') : []),
    ];
  }

  async #goingTo(url: string, hop: number): Promise<readonly Decision[]> {
    const byText = this.#decide({ url, hop });
    const flow = await this.#gate.site.flow.decide({ kind: 'web.read', url });
    // Nothing but a look-up is missing: the addresses are decided before the document is loaded.
    return byText.code === 'net.dns.unresolved' ? [flow] : [byText, flow];
  }

  /** One document: decided by its text, looked up once, decided by its addresses. */
  async #visit(url: string, hop: number): Promise<readonly string[]> {
    return await this.#gate.perform({
      kind: 'browser',
      action: 'visit',
      facts: { host: hostOf(url), urlHash: textHash(url), hop },
      subject: { url, hop },
      decide: async () => await this.#goingTo(url, hop),
      act: async () => {
        if (url === BLANK) return [];
        const addresses = await this.#addressesOf(new URL(url).hostname.replace(/^\[|\]$/gu, ''));
        const decision = this.#decide({ url, hop, resolved: addresses });
        if (decision.effect === 'allow') return addresses;
        throw new PortcullisError(decision.code, decision.reason, {
          details: { path: decision.path, effect: decision.effect },
        });
      },
    });
  }

  async #addressesOf(host: string): Promise<readonly string[]> {
    if (classifyAddress(host) !== undefined) return [host];
    const { signal } = this.#gate.site;
    const soon = AbortSignal.any([signal, AbortSignal.timeout(LOOKUP_MS)]);
    return await addressesOf(this.#rooms.resolve, host, soon);
  }

  #decide(input: Omit<NetInput, 'tool'>): Decision {
    return decideNet(this.#kernel.config().value, { tool: 'browser', ...input });
  }
}

const ACTS: ReadonlySet<string> = new Set([
  'click',
  'hover',
  'press',
  'type',
  'select',
  'upload',
  'evaluate',
  'dialog',
]);

function isAct({ action }: BrowserRequest): boolean {
  return ACTS.has(action);
}

function hostOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  return URL.canParse(url) ? new URL(url).hostname.slice(0, 255) : '<invalid>';
}

/** Exactly what would happen: bytes by their hash. */
function subjectOf(request: BrowserRequest): { readonly [key: string]: Json } {
  if (request.action !== 'upload') return { ...request };
  const { bytes, ...rest } = request;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...rest, bytes: bytes.length, sha256 };
}

/** What the page and its server get to know. */
function leaving(request: BrowserRequest): readonly string[] {
  const texts = Object.values(request).filter((value) => typeof value === 'string');
  return request.action === 'upload'
    ? [...texts, Buffer.from(request.bytes).toString('utf8')]
    : texts;
}

function unavailable(): PortcullisError {
  return new PortcullisError('browser.unavailable', 'There is no browser here.', {
    hint: 'Read pages with web_fetch, or install a package that provides a browser.',
  });
}
