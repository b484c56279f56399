/**
 * Turns a config into the models it asks for. Loads no client library and sends nothing.
 *
 * @module
 */
import {
  type Logger,
  type Model,
  type ModelFetch,
  type ModelProviderDefinition,
  type ModelSource,
  PortcullisError,
  type Secret,
} from '@portcullis/core';

import { type BuiltInProvider, builtInProviders } from './built-in.ts';
import { type ModelRef, parseModelChoice } from './model-choice.ts';
import {
  type ModelEntry,
  type ModelsConfig,
  type ProviderEntry,
  modelsConfigSchema,
} from './models-schema.ts';
import { nearest } from './nearest.ts';
import type { SecretLookup } from './secret-lookup.ts';

/** One model of a config, ready to be made. */
export interface ResolvedModel {
  /** `<provider>/<model>`. */
  readonly id: string;
  /** Wire format; the key of the registry's `models`. */
  readonly api: string;
  readonly source: ModelSource;
  /** Tokens the model can take, where the config says so. */
  readonly contextWindow?: number;
  /** Price per million tokens, where it is known. The offline model is free. */
  readonly cost?: ModelPrice;
}

/** What a model costs per million tokens, in the currency of the price list. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

/** What {@link resolveModels} needs beside the config. */
export interface ResolveOptions {
  readonly secrets: SecretLookup;
  readonly log: Logger;
  /** The way to each server: what a gateway hands its models. Default: the models' own. */
  readonly fetchFor?: (server: {
    readonly provider: string;
    readonly model: string;
    readonly baseUrl: string;
  }) => ModelFetch;
  /** The choice of one agent, over `agents.defaults.model`. */
  readonly choice?: { readonly value: unknown; readonly path: string };
}

const DEFAULT_CHOICE = 'offline/demo';

function member(value: unknown, ...keys: readonly string[]): unknown {
  let at: unknown = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at;
}

function modelsSection(config: unknown): ModelsConfig {
  const checked = modelsConfigSchema.safeParse(member(config, 'models') ?? {});
  if (checked.success) return checked.data;
  const path = ['models', ...(checked.error.issues[0]?.path ?? [])].map(String).join('.');
  throw new PortcullisError('model.config', `${path} is not what the models section takes.`, {
    hint: 'See docs/reference for models.providers, or remove the key.',
    details: { path },
  });
}

/** The path of a provider in the config, as messages and secret look-ups name it. */
function providerPath(id: string): string {
  const quoted = /^[\w-]+$/.test(id) ? `.${id}` : `[${JSON.stringify(id)}]`;
  return `models.providers${quoted}`;
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function unknownProvider(ref: ModelRef, known: readonly string[]): PortcullisError {
  const meant = nearest(ref.provider, known);
  return new PortcullisError(
    'model.provider_unknown',
    `${ref.path} names the provider "${ref.provider}", which is neither built in nor configured.`,
    {
      hint: `${meant === undefined ? '' : `Did you mean "${meant}"? `}Otherwise add it under models.providers.`,
      details: {
        provider: ref.provider,
        path: ref.path,
        ...(meant !== undefined && { nearest: meant }),
      },
    },
  );
}

function keyMissing(provider: string, path: string, variable: string | undefined): PortcullisError {
  const where = variable === undefined ? path : `${variable} or ${path}`;
  return new PortcullisError(
    'model.key_missing',
    `There is no key for the provider "${provider}".`,
    {
      hint: `Set ${where}.`,
      details: { path, ...(variable !== undefined && { variable }) },
    },
  );
}

/** The variable a text like `${NAME}` asks for. */
function variableIn(value: unknown): string | undefined {
  return typeof value === 'string' ? /\$\{([A-Z][A-Z0-9_]*)\}/.exec(value)?.[1] : undefined;
}

/**
 * The variable a built-in provider's key may come from. Only for its own address: a key in the
 * environment must not follow a `baseUrl` that points elsewhere.
 */
function keyVariable(
  builtIn: BuiltInProvider | undefined,
  entry: ProviderEntry,
): string | undefined {
  if (entry.baseUrl === undefined) return builtIn?.keyVariable;
  const here = URL.parse(entry.baseUrl)?.origin;
  const home = URL.parse(builtIn?.baseUrl ?? '')?.origin;
  return here !== undefined && here === home ? builtIn?.keyVariable : undefined;
}

function apiKey(
  ref: ModelRef,
  entry: ProviderEntry,
  builtIn: BuiltInProvider | undefined,
  secrets: SecretLookup,
): Secret | undefined {
  const path = `${providerPath(ref.provider)}.apiKey`;
  const variable = keyVariable(builtIn, entry);
  const key = secrets.resolve(path, variable);
  if (key !== undefined) return key;
  const configured = entry.apiKey !== undefined && entry.apiKey !== '';
  if (variable !== undefined || configured) {
    throw keyMissing(ref.provider, path, variableIn(entry.apiKey) ?? variable);
  }
  return undefined;
}

function headers(
  ref: ModelRef,
  entry: ProviderEntry,
  secrets: SecretLookup,
): Readonly<Record<string, Secret>> {
  const pairs = Object.entries(entry.headers ?? {}).map(([name, value]) => {
    const path = `${providerPath(ref.provider)}.headers[${JSON.stringify(name)}]`;
    const secret = secrets.resolve(path);
    if (secret === undefined) throw keyMissing(ref.provider, path, variableIn(value));
    return [name, secret] as const;
  });
  return Object.fromEntries(pairs);
}

function resolveOne(ref: ModelRef, models: ModelsConfig, options: ResolveOptions): ResolvedModel {
  const builtIns = models.mode === 'replace' ? {} : builtInProviders;
  const builtIn = own(builtIns, ref.provider);
  const written = own(models.providers, ref.provider);
  if (written === undefined && builtIn === undefined) {
    const known = [...Object.keys(models.providers ?? {}), ...Object.keys(builtIns)];
    throw unknownProvider(ref, known);
  }
  const entry = written ?? {};
  const baseUrl = entry.baseUrl ?? builtIn?.baseUrl;
  const key = apiKey(ref, entry, builtIn, options.secrets);
  const about = entry.models?.find((model) => model.id === ref.model);
  const api = entry.api ?? builtIn?.api ?? 'openai-completions';
  const cost = priceOf(about) ?? (api === 'offline' ? { input: 0, output: 0 } : undefined);
  return {
    id: `${ref.provider}/${ref.model}`,
    api,
    source: {
      provider: ref.provider,
      model: ref.model,
      headers: headers(ref, entry, options.secrets),
      log: options.log,
      ...(baseUrl !== undefined && {
        baseUrl,
        ...(options.fetchFor !== undefined && {
          fetch: options.fetchFor({ provider: ref.provider, model: ref.model, baseUrl }),
        }),
      }),
      ...(key !== undefined && { apiKey: key }),
      ...(about?.maxTokens !== undefined && { maxOutputTokens: about.maxTokens }),
    },
    ...(about?.contextWindow !== undefined && { contextWindow: about.contextWindow }),
    ...(cost !== undefined && { cost }),
  };
}

/** The price of a model; undefined unless what is read and what is written both have one. */
function priceOf(about: ModelEntry | undefined): ModelPrice | undefined {
  const { input, output, cacheRead, cacheWrite } = about?.cost ?? {};
  if (input === undefined || output === undefined) return undefined;
  return {
    input,
    output,
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite !== undefined && { cacheWrite }),
  };
}

/**
 * The models a config asks for, the first choice first. A config that asks for none gets
 * `offline/demo`: a server found on this machine is never used without being asked for.
 *
 * @throws `model.provider_unknown`, `model.key_missing`, `model.ref_invalid`, `model.config`
 *
 * @example
 * ```ts
 * const [first] = resolveModels(config, { secrets: environmentSecrets(config, process.env), log });
 * first?.id; // 'anthropic/claude-sonnet-4-5'
 * ```
 */
export function resolveModels(config: unknown, options: ResolveOptions): readonly ResolvedModel[] {
  const models = modelsSection(config);
  const choice = options.choice ?? {
    value: member(config, 'agents', 'defaults', 'model') ?? DEFAULT_CHOICE,
    path: 'agents.defaults.model',
  };
  return parseModelChoice(choice.value, choice.path).map((ref) => resolveOne(ref, models, options));
}

/**
 * Makes resolved models with the formats of a registry.
 *
 * @throws `model.api_unknown` where no plugin offers the format.
 */
export function createModels(
  resolved: readonly ResolvedModel[],
  formats: ReadonlyMap<string, ModelProviderDefinition>,
): readonly Model[] {
  return resolved.map(({ api, id, source }) => {
    const format = formats.get(api);
    if (format !== undefined) return format.create(source);
    const meant = nearest(api, [...formats.keys()]);
    throw new PortcullisError(
      'model.api_unknown',
      `${id} is configured with the api "${api}", which no plugin offers.`,
      {
        hint: meant === undefined ? 'Load a model plugin.' : `Did you mean "${meant}"?`,
        details: { api },
      },
    );
  });
}
