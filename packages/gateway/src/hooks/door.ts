/**
 * The door of webhooks.
 *
 * Nobody is believed for where he calls from: a caller shows the token, or signs exactly the bytes he
 * sends. Both are looked for in the head of the request, before anything of it is read, and guessing
 * takes time. What comes in is an event like every other, of a principal of its own that is trusted
 * with nothing: its text is data, and its turn has the tools the operator named for it.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import {
  type Conversation,
  type Event,
  type Json,
  PortcullisError,
  type RouteResponse,
  type Tx,
} from '@portcullis/core';
import { conversationClass, joinLabels, readLabel } from '@portcullis/policy/flow';

import { type JournalEntry, textHash } from '../audit/journal.ts';
import { type LoadedConfig, type Secrets, isConfigObject } from '../config/index.ts';
import { type GatewayInbox, inboxTable } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Route, RouteHead, RoutedRequest } from '../server/index.ts';
import type { Turn } from '../services/attempts.ts';
import { openSession, writeSession } from '../session/sessions.ts';
import { deliveriesTable } from './deliveries.ts';
import { type HookCall, readCall } from './payload.ts';
import { type HookPlace, placeOf, receiverOfHook } from './place.ts';
import { type AllHooks, type HookSettings, hooksOf, TOKEN_PATH } from './settings.ts';
import { type Claim, claimOf, isSigned, sameText, signedDigest } from './signature.ts';

/** What a hook's turn may do is void after this, should it still wait. */
const RIGHTS_MS = 24 * 3_600_000;
const CONTENT_TYPE =
  /^(?:application\/(?:[\w.+-]+\+)?json|text\/plain)(?:\s*;\s*charset="?utf-8"?)?$/iu;
/** Largest body, in bytes. */
const MOST_BYTES = 262_144;

/** Webhooks of one gateway. */
export class HookDoor {
  readonly #kernel: Kernel;
  readonly #inbox: GatewayInbox;
  readonly #secrets: Secrets;
  #read: { readonly config: unknown; readonly hooks: AllHooks | undefined } | undefined;

  constructor(kernel: Kernel, rooms: { inbox: GatewayInbox; secrets: Secrets }) {
    this.#kernel = kernel;
    this.#inbox = rooms.inbox;
    this.#secrets = rooms.secrets;
  }

  /** The webhook at a path; every path below `hooks.path` is one that asks for the token. */
  route(path: string): Route | undefined {
    const hooks = this.#hooks();
    if (hooks === undefined || !path.startsWith(`${hooks.path}/`)) return undefined;
    const hook = hooks.byPath.get(path);
    return {
      maxBytes: MOST_BYTES,
      admit: (head) => this.#judge(hook, head),
      handle: (request) => this.#answer(hooks, hook, request),
    };
  }

  /** Looks whether every secret of a config can be had. Throws `secret.*`, so that no start hides a fault. */
  check({ value }: LoadedConfig, secrets: Secrets): void {
    const paths = [...(hooksOf(value)?.byId.values() ?? [])].map(({ secretPath }) => secretPath);
    for (const path of new Set(paths)) secrets.resolve(path);
  }

  /** Whether there is a hook of this id still: what waits of one that is gone is refused. */
  knows(id: string): boolean {
    return this.#hooks()?.byId.has(id) === true;
  }

  /** Refuses by the head of a request, in constant time, before a byte of its body is read. */
  #judge(hook: HookSettings | undefined, head: RouteHead): RouteResponse | undefined {
    const id = hook?.id ?? '';
    if (head.query !== undefined)
      return refusal(400, 'credentials and options belong into headers');
    const turn = this.#begin(hook, head);
    if (!turn.mayTry) return lockedOut(turn.retryAfterMs);
    const scheme = hook?.signature;
    if (scheme === undefined) {
      const isRight = this.#showsToken(head);
      turn.end(isRight ? 'ok' : 'wrong');
      if (!isRight) return this.#wrong(id, 'hook.auth_failed');
      if (hook === undefined) return refusal(404, 'there is no such hook');
    } else {
      const isWhole = claimOf(scheme, headerOf(head), this.#kernel.now()) !== undefined;
      // Whether the signature holds is known once its bytes are there.
      turn.end(isWhole ? 'missing' : 'wrong');
      if (!isWhole) return this.#wrong(id, 'hook.signature_invalid');
    }
    const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = head.headers;
    if (encoding !== 'identity' || !CONTENT_TYPE.test(type)) {
      return refusal(415, 'send JSON or plain text, in UTF-8 and not compressed');
    }
    return undefined;
  }

  async #answer(
    hooks: AllHooks,
    hook: HookSettings | undefined,
    request: RoutedRequest,
  ): Promise<RouteResponse> {
    if (hook === undefined) return refusal(404, 'there is no such hook');
    const turn = this.#begin(hook, request);
    if (!turn.mayTry) return lockedOut(turn.retryAfterMs);
    const claim = this.#signed(hook, request);
    turn.end(claim === 'wrong' ? 'wrong' : claim === undefined ? 'missing' : 'ok');
    if (claim === 'wrong') return this.#wrong(hook.id, 'hook.signature_invalid');
    const isJson = !/^text\/plain/iu.test(request.headers['content-type'] ?? '');
    const call = readCall(hook, request.body, isJson);
    if ('fault' in call) return refusal(400, call.fault);
    if ('ignored' in call) {
      this.#note(hook.id, 'hook.ignored');
      return answer(200, { ok: true, ignored: true });
    }
    const place = placeOf(this.#kernel, hooks, hook, call);
    if ('fault' in place) return refusal(400, place.fault);
    try {
      const answersTo = await receiverOfHook(this.#kernel, call, place.agentId);
      const digest = claim === undefined ? undefined : signedDigest(claim, request.body);
      return await this.#accept(hook, { call, place, answersTo, digest });
    } catch (error) {
      if (!PortcullisError.is(error)) throw error;
      const isPassing = error.retryable || error.code.startsWith('store.');
      return isPassing
        ? refusal(503, 'try again in a moment', { 'Retry-After': '1' })
        : refusal(400, error.message);
    }
  }

  /** The claim of a request whose signature holds; undefined where the token has counted already. */
  #signed(hook: HookSettings, request: RoutedRequest): Claim | 'wrong' | undefined {
    const { signature, secretPath } = hook;
    if (signature === undefined) return undefined;
    const claim = claimOf(signature, headerOf(request), this.#kernel.now());
    const secret = this.#secret(secretPath);
    if (claim === undefined || secret === undefined) return 'wrong';
    return isSigned(signature, claim, secret, request.body) ? claim : 'wrong';
  }

  async #accept(hook: HookSettings, ready: ReadyCall): Promise<RouteResponse> {
    const { call, place, digest } = ready;
    const eventId = deliveryId(call, digest);
    const isUnnamed = call.idempotencyKey === undefined;
    const runId = `hook:${hook.id}:${eventId}`;
    const event = this.#event(hook, ready, runId);
    const outcome = await this.#inbox.accept(event, async (tx) => {
      const now = this.#kernel.now();
      // A caller who knows nothing of us names his call for good, as one who signs does.
      const names = [digest, ...(hook.isOpen || isUnnamed ? [] : [eventId])];
      for (const name of new Set(names)) {
        if (name === undefined) continue;
        const key = `${hook.id}/${name}`;
        if ((await tx.get(deliveriesTable, key)) !== undefined) return false;
        tx.put(deliveriesTable, key, { at: now });
      }
      if (place.isForeign) await guardSession(tx, place, now);
      return true;
    });
    if (outcome !== 'accepted') this.#note(hook.id, 'hook.replayed');
    if (outcome === 'duplicate' && hook.isOpen && !isUnnamed) {
      const known = await this.#kernel.store.transact((tx) =>
        tx.get(inboxTable, this.#inbox.keyOf(event)),
      );
      if (known?.textHash !== textHash(call.text)) {
        return answer(409, { ok: false, error: 'the idempotency key was used before', runId });
      }
    }
    return answer(200, { ok: true, runId });
  }

  #event(hook: HookSettings, { call, place, answersTo }: ReadyCall, runId: string): Event {
    const { id, tools, instructions } = hook;
    const capability = this.#kernel.capabilities.issueConfigured({
      issuer: 'config:hooks',
      holder: `hook:${id}`,
      tools,
      ttlMs: RIGHTS_MS,
    });
    return {
      kind: 'hook',
      eventId: runId,
      conversation: { channel: 'hooks', accountId: 'default', kind: 'direct', id },
      sender: { id },
      at: this.#kernel.now(),
      text: call.text,
      origin: {
        id,
        name: call.name ?? hook.name,
        sessionKey: place.sessionKey,
        runId,
        // Every field of a capability is JSON; it is stored and carried as that.
        capability: capability as unknown as Json,
        ...(instructions === undefined ? {} : { instructions }),
        ...(answersTo === undefined ? {} : { answersTo }),
      },
    };
  }

  /** Whether exactly one header shows the token, once, and the right one. */
  #showsToken({ headers }: RouteHead): boolean {
    const { authorization, 'x-openclaw-token': own } = headers;
    const bearer =
      authorization === undefined ? undefined : /^Bearer (\S+)$/iu.exec(authorization)?.[1];
    const token = (authorization === undefined ? own : bearer) ?? '';
    const secret = this.#secret('hooks.token') ?? '';
    const isRight = sameText(token, secret);
    const isSole = (authorization === undefined) !== (own === undefined);
    // A header that was sent twice arrives joined with commas.
    return isRight && isSole && secret !== '' && !token.includes(',');
  }

  /** A secret as it is now: one that was exchanged counts at once. */
  #secret(path: string): string | undefined {
    try {
      return this.#secrets.resolve(path)?.reveal();
    } catch (cause) {
      this.#kernel.log.error({ path, err: cause }, 'hooks: a secret cannot be had; nobody gets in');
      return undefined;
    }
  }

  /** Leave to try, by the secret that is guessed at: hooks with the same token share their failures. */
  #begin(hook: HookSettings | undefined, { client }: RouteHead): Turn {
    const scope = `hook:${hook?.secretPath ?? TOKEN_PATH}`;
    return this.#kernel.attempts.begin({ ip: client, scope });
  }

  #wrong(id: string, code: string): RouteResponse {
    this.#note(id, code);
    return refusal(401, 'unauthorized');
  }

  /** Writes down that a call was not taken. A flood of them costs one line a minute. */
  #note(id: string, code: string): void {
    const { journal, log } = this.#kernel;
    const entry: JournalEntry = {
      kind: 'hook',
      at: this.#kernel.now(),
      principal: `hook:${id}`,
      effect: 'deny',
      code,
      path: 'hooks',
    };
    if (!journal.isDue(entry)) return;
    commit(this.#kernel, (tx) => journal.record(tx, entry)).catch((cause: unknown) => {
      log.error({ err: cause }, 'audit log: a refused webhook could not be written');
    });
  }

  #hooks(): AllHooks | undefined {
    const config = this.#kernel.config().value;
    if (this.#read?.config !== config) {
      this.#read = { config, hooks: isConfigObject(config) ? hooksOf(config) : undefined };
    }
    return this.#read?.hooks;
  }
}

/** A call that policy may see. */
interface ReadyCall {
  readonly call: HookCall;
  readonly place: HookPlace;
  readonly answersTo: Conversation | undefined;
  /** Names what was signed, where that is how the caller proved himself. */
  readonly digest: string | undefined;
}

/** The name of a delivery. A caller with the token who gives it none means a new one each time. */
function deliveryId({ idempotencyKey }: HookCall, digest: string | undefined): string {
  return idempotencyKey === undefined ? (digest ?? randomUUID()) : textHash(idempotencyKey);
}

/** What others said in a session is not told to somebody else because a hook asked. */
async function guardSession(
  tx: Tx,
  { agentId, sessionKey }: HookPlace,
  now: number,
): Promise<void> {
  const session = await openSession(tx, { key: sessionKey, agentId, now });
  const said = { u: 0, P: [conversationClass(sessionKey)] } as const;
  writeSession(tx, { ...session, flow: joinLabels(readLabel(session.flow ?? null), said) });
}

function headerOf({ headers }: RouteHead): (name: string) => string | undefined {
  return (name) => headers[name];
}

function lockedOut(retryAfterMs: number): RouteResponse {
  const seconds = String(Math.ceil(retryAfterMs / 1000));
  return refusal(429, 'too many failed attempts', { 'Retry-After': seconds });
}

function answer(
  status: number,
  body: Readonly<Record<string, string | boolean>>,
  headers: Readonly<Record<string, string>> = {},
): RouteResponse {
  const type = { 'Content-Type': 'application/json; charset=utf-8' };
  return { status, headers: { ...headers, ...type }, body: JSON.stringify(body) };
}

function refusal(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): RouteResponse {
  return answer(status, { ok: false, error }, headers);
}
