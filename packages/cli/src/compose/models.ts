/**
 * The models of the agents, made once per agent and remade when the config changes.
 *
 * @module
 */
import type { Logger, Model, Registered } from '@portcullis/core';
import { PortcullisError } from '@portcullis/core';
import {
  type ModelDoor,
  type ModelReport,
  type ModelTariff,
  type Models,
  isLoopbackHost,
} from '@portcullis/gateway';
import {
  type LoadedConfig,
  type Secrets,
  formatPath,
  getPath,
  isConfigObject,
} from '@portcullis/gateway/config';
import { withFailover } from '@portcullis/models';
import { type ResolvedModel, createModels, resolveModels } from '@portcullis/models/config';

/** What models are made from. */
export interface ModelInput {
  readonly config: LoadedConfig;
  /** Those of this config. */
  readonly secrets: Secrets;
  readonly registry: Registered;
  /** The way to the servers. */
  readonly door: ModelDoor;
  readonly log: Logger;
}

/** Models by configuration. */
export class ConfiguredModels implements Models {
  #input: ModelInput;
  readonly #made = new Map<string, Model>();
  readonly #tariffs = new Map<string, readonly ModelTariff[]>();

  constructor(input: ModelInput) {
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

  tariffs(agentId: string): readonly ModelTariff[] {
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

  report(): ModelReport {
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
  change(to: Pick<ModelInput, 'config' | 'secrets'>): { readonly put: () => void } {
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
  { config: { value }, secrets, log, door }: ModelInput,
  agentId: string | undefined,
): readonly ResolvedModel[] {
  const path = formatPath(['agents', 'entries', agentId ?? '', 'model']);
  const choice = agentId === undefined ? undefined : getPath(value, path);
  return resolveModels(value, {
    secrets,
    log,
    fetchFor: (server) => door.fetchFor(server),
    ...(choice === undefined ? {} : { choice: { value: choice, path } }),
  });
}

function agentsOf({ value }: LoadedConfig): readonly string[] {
  const entries = getPath(value, 'agents.entries');
  return isConfigObject(entries) ? Object.keys(entries) : [];
}
