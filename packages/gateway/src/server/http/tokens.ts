/**
 * The named tokens of `gateway.http.tokens`: who shows one is known by its name and holds its scopes.
 *
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';

import type { Logger } from '@portcullis/core';
import { SCOPES, type Scope } from '@portcullis/protocol';

import { type LoadedConfig, type Secrets, getPath, isConfigObject } from '../../config/index.ts';
import { isPublished } from '../authority.ts';

/** Shorter ones can be guessed, so that they let nobody in. */
const SHORTEST = 24;

/** A token that was shown. */
export interface NamedToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** Looks tokens up as they are now: one that was exchanged or taken back counts at once. */
export class NamedTokens {
  readonly #config: () => LoadedConfig;
  readonly #secrets: Pick<Secrets, 'resolve'> | undefined;
  readonly #log: Logger;

  /** Without `secrets` there are no named tokens. */
  constructor(
    config: () => LoadedConfig,
    secrets: Pick<Secrets, 'resolve'> | undefined,
    log: Logger,
  ) {
    this.#config = config;
    this.#secrets = secrets;
    this.#log = log;
  }

  /** Whose token `offered` is. Every token is compared, so that its place in the list is not told. */
  find(offered: string): NamedToken | undefined {
    const entries = getPath(this.#config().value, 'gateway.http.tokens');
    if (!isConfigObject(entries)) return undefined;
    let found: NamedToken | undefined;
    for (const [name, entry] of Object.entries(entries)) {
      const secret = this.#secret(`gateway.http.tokens.${name}.token`);
      if (secret === undefined || secret.length < SHORTEST || isPublished(secret)) continue;
      const scopes = isConfigObject(entry) ? entry['scopes'] : undefined;
      if (isSame(secret, offered)) found ??= { name, scopes: known(scopes) };
    }
    return found;
  }

  #secret(path: string): string | undefined {
    try {
      return this.#secrets?.resolve(path)?.reveal();
    } catch (cause) {
      this.#log.error({ path, err: cause }, 'http: a token cannot be had; it lets nobody in');
      return undefined;
    }
  }
}

function known(scopes: unknown): readonly Scope[] {
  return SCOPES.filter((scope) => Array.isArray(scopes) && scopes.includes(scope));
}

function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
