/**
 * The models of the agents of a config, made once per agent and remade when the config changes.
 *
 * @module
 */
import { isIPv4 } from 'node:net';

import {
  type Logger,
  type Model,
  type ModelFetch,
  PortcullisError,
  type Registered,
} from '@portcullis/core';

import { type ResolvedModel, createModels, resolveModels } from './config/resolve-models.ts';
import type { SecretLookup } from './config/secret-lookup.ts';
import { withFailover } from './failover.ts';

/** A server that a config names for a model. */
export interface NamedServer {
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
}

/** A config, as far as models are made from it. */
export interface ModelConfig {
  /** The whole config, with variables put in. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** What a model costs and how long it may answer. */
export interface Tariff {
  /** `<provider>/<model>`. */
  readonly id: string;
  readonly cost?: NonNullable<ResolvedModel['cost']>;
  /** Longest answer in tokens, where it is configured. */
  readonly maxOutputTokens?: number;
}

/** The models in use, for people. */
export interface ConfiguredReport {
  /** `<provider>/<model>`, first choice first. */
  readonly active: readonly string[];
  /** Why no model can be used, as one sentence with what to do. */
  readonly problem?: string;
  readonly models: readonly {
    readonly id: string;
    readonly provider: string;
    readonly name: string;
    readonly available: boolean;
    readonly contextWindow?: number;
  }[];
}

/** What models are made from. */
export interface ConfiguredInput {
  readonly config: ModelConfig;
  /** Those of this config. */
  readonly secrets: SecretLookup;
  readonly registry: Pick<Registered, 'models'>;
  /** The way to the servers. */
  readonly door: { fetchFor(server: NamedServer): ModelFetch };
  readonly log: Logger;
}

/** Models by configuration. */
export class ConfiguredModels {
  #input: ConfiguredInput;
  readonly #made = new Map<string, Model>();
  readonly #tariffs = new Map<string, readonly Tariff[]>();

  constructor(input: ConfiguredInput) {
    this.#input = input;
  }

  forAgent(agentId: string): Model {
    const made = this.#made.get(agentId);
    if (made !== undefined) return made;
    const { registry, log } = this.#input;
    const model = withFailover(createModels(this.#resolve(agentId), registry.models), { log });
    this.#made.set(agentId, model);
    return model;
  }

  tariffs(agentId: string): readonly Tariff[] {
    const known = this.#tariffs.get(agentId);
    if (known !== undefined) return known;
    const tariffs = this.#resolve(agentId).map(({ id, cost, source: { maxOutputTokens } }) => ({
      id,
      ...(cost !== undefined && { cost }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    }));
    this.#tariffs.set(agentId, tariffs);
    return tariffs;
  }

  report(): ConfiguredReport {
    const { resolved, problem } = this.#tryResolve();
    return {
      active: resolved.map(({ id }) => id),
      ...(problem === undefined ? {} : { problem }),
      models: resolved.map(({ id, source, contextWindow }) => ({
        id,
        provider: source.provider,
        name: source.model,
        available: true,
        ...(contextWindow === undefined ? {} : { contextWindow }),
      })),
    };
  }

  /** A sentence for each server that is reached over http beyond this machine. */
  warnings(): readonly string[] {
    const origins = new Map<string, string>();
    for (const { source } of this.#tryResolve().resolved) {
      const url = URL.parse(source.baseUrl ?? '');
      if (url?.protocol !== 'http:' || isLoopbackHost(url.hostname)) continue;
      origins.set(source.provider, url.origin);
    }
    return [...origins].map(
      ([provider, origin]) =>
        `Conversations and the key go to ${origin} unencrypted: models.providers.${provider}.baseUrl is http.`,
    );
  }

  #tryResolve(): { readonly resolved: readonly ResolvedModel[]; readonly problem?: string } {
    try {
      return { resolved: this.#resolve(undefined) };
    } catch (error) {
      if (!PortcullisError.is(error)) throw error;
      return { resolved: [], problem: `${error.message} ${error.hint ?? ''}`.trim() };
    }
  }

  /** Models that a config does not name are its own business; a key that cannot be had is a fault. */
  change(to: Pick<ConfiguredInput, 'config' | 'secrets'>): { readonly put: () => void } {
    const input = { ...this.#input, ...to };
    for (const agentId of [undefined, ...agentsOf(to.config)]) {
      try {
        resolve(input, agentId);
      } catch (error) {
        if (!PortcullisError.is(error) || error.code.startsWith('secret.')) throw error;
      }
    }
    return {
      put: () => {
        this.#input = input;
        this.#made.clear();
        this.#tariffs.clear();
      },
    };
  }

  #resolve(agentId: string | undefined): readonly ResolvedModel[] {
    return resolve(this.#input, agentId);
  }
}

function resolve(
  { config: { value }, secrets, log, door }: ConfiguredInput,
  agentId: string | undefined,
): readonly ResolvedModel[] {
  const choice = agentId === undefined ? undefined : own(entriesOf(value)[agentId], 'model');
  const path = `agents.entries.${agentId ?? ''}.model`;
  return resolveModels(value, {
    secrets,
    log,
    fetchFor: (server) => door.fetchFor(server),
    ...(choice === undefined ? {} : { choice: { value: choice, path } }),
  });
}

function own(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key)
    ? (holder as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function entriesOf(value: ModelConfig['value']): Readonly<Record<string, unknown>> {
  const entries = own(own(value, 'agents'), 'entries');
  return typeof entries === 'object' && entries !== null && !Array.isArray(entries)
    ? { ...entries }
    : {};
}

function agentsOf({ value }: ModelConfig): readonly string[] {
  return Object.keys(entriesOf(value));
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}
