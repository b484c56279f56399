/**
 * Which model answers for which agent. The composition root provides it, so that the gateway never
 * imports a model library.
 *
 * @module
 */
import type { Model, ModelFetch } from '@portcullis/core';

import type { LoadedConfig, Secrets } from './config/index.ts';
import type { ModelReport } from './services.ts';

/** What a model costs per million tokens, in the currency of the operator's price list. */
export interface ModelCost {
  readonly input: number;
  readonly output: number;
  /** Default: as `input`. */
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

/** One model that may answer for an agent, as budgets need to know it. */
export interface ModelTariff {
  /** `<provider>/<model>`. */
  readonly id: string;
  /** Absent where nobody said. */
  readonly cost?: ModelCost;
  /** Longest answer in tokens, where it is configured. */
  readonly maxOutputTokens?: number;
}

/** A server that a config names for a model. */
export interface ModelServer {
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
}

/** The way out that a gateway hands its models. */
export interface ModelDoor {
  /** A `fetch` that reaches the origin of `baseUrl` and nothing else, with a line in the audit log. */
  fetchFor(server: ModelServer): ModelFetch;
}

/** The models of a gateway. */
export interface Models {
  /** The model of an agent, with its fallbacks behind it. Throws `model.*` when none can be made. */
  forAgent(agentId: string): Model;
  /** Every model that may answer for an agent, fallbacks included. Throws as `forAgent`. */
  tariffs(agentId: string): readonly ModelTariff[];
  report(): ModelReport;
  /**
   * Makes ready the models of another config. Throws `secret.*` when a key that is configured cannot
   * be had: those there are stay. Without it the models are the same for every config.
   */
  change?(to: { readonly config: LoadedConfig; readonly secrets: Secrets }): {
    readonly put: () => void;
  };
}
