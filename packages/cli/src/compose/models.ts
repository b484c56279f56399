/**
 * The models of the agents, made once per agent and remade when the config changes.
 *
 * @module
 */
import type { Logger, Model, Registered } from '@portcullis/core';
import { PortcullisError } from '@portcullis/core';
import type { ModelReport, ModelTariff, Models } from '@portcullis/gateway';
import { type LoadedConfig, type Secrets, getPath } from '@portcullis/gateway/config';
import { withFailover } from '@portcullis/models';
import { type ResolvedModel, createModels, resolveModels } from '@portcullis/models/config';

/** What models are made from. */
export interface ModelInput {
  readonly config: () => LoadedConfig;
  readonly secrets: Secrets;
  readonly registry: Registered;
  readonly log: Logger;
}

/** Models by configuration. */
export class ConfiguredModels implements Models {
  readonly #input: ModelInput;
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

  #tryResolve(): { readonly resolved: readonly ResolvedModel[]; readonly problem?: string } {
    try {
      return { resolved: this.#resolve(undefined) };
    } catch (error) {
      if (!PortcullisError.is(error)) throw error;
      return { resolved: [], problem: `${error.message} ${error.hint ?? ''}`.trim() };
    }
  }

  #resolve(agentId: string | undefined): readonly ResolvedModel[] {
    const { config, secrets, log } = this.#input;
    const { value } = config();
    const path = `agents.entries.${agentId ?? ''}.model`;
    const choice = agentId === undefined ? undefined : getPath(value, path);
    return resolveModels(value, {
      secrets,
      log,
      ...(choice === undefined ? {} : { choice: { value: choice, path } }),
    });
  }
}
