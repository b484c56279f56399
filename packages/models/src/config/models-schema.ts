/**
 * The shape of the `models` section of `openclaw.json`.
 *
 * Unknown keys pass: telling a known key from a typing error is the config loader's work.
 *
 * @module
 */
import * as z from 'zod';

/** A secret in place: the text, `${NAME}`, or a reference to where it is kept. */
export type SecretInput =
  | string
  | { readonly source: string; readonly provider?: string | undefined; readonly id: string };

/** One model of a provider, as far as the gateway needs to know it. */
export interface ModelEntry {
  readonly id: string;
  readonly name?: string | undefined;
  /** Tokens the model can take in one request. */
  readonly contextWindow?: number | undefined;
  /** Tokens the model may answer with. */
  readonly maxTokens?: number | undefined;
  /** Price per million tokens. Known where both `input` and `output` are given. */
  readonly cost?:
    | {
        readonly input?: number | undefined;
        readonly output?: number | undefined;
        readonly cacheRead?: number | undefined;
        readonly cacheWrite?: number | undefined;
      }
    | undefined;
}

/** `models.providers.<id>`. */
export interface ProviderEntry {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: SecretInput | undefined;
  /** Wire format: `openai-completions`, `anthropic-messages`, `offline`, or one a plugin adds. */
  readonly api?: string | undefined;
  readonly headers?: Readonly<Record<string, SecretInput>> | undefined;
  readonly models?: readonly ModelEntry[] | undefined;
}

/** The `models` section. */
export interface ModelsConfig {
  /** `merge` (default): the built-in providers exist too. `replace`: only those written here. */
  readonly mode?: 'merge' | 'replace' | undefined;
  readonly providers?: Readonly<Record<string, ProviderEntry>> | undefined;
}

const secretInput: z.ZodType<SecretInput> = z.union([
  z.string(),
  z.object({ source: z.string(), provider: z.string().optional(), id: z.string() }),
]);

const count = z.number().int().positive();

const price = z.number().nonnegative().optional();

const modelEntry = z.looseObject({
  id: z.string().min(1),
  name: z.string().optional(),
  contextWindow: count.optional(),
  maxTokens: count.optional(),
  cost: z
    .looseObject({ input: price, output: price, cacheRead: price, cacheWrite: price })
    .optional(),
});

const providerEntry = z.looseObject({
  baseUrl: z.string().optional(),
  apiKey: secretInput.optional(),
  api: z.string().min(1).optional(),
  headers: z.record(z.string(), secretInput).optional(),
  models: z.array(modelEntry).optional(),
});

// A slash would make `<provider>/<model>` ambiguous.
const providerId = z.string().regex(/^[^/\s]+$/, 'A provider id has no slash and no spaces.');

/** Checks the `models` section. */
export const modelsConfigSchema: z.ZodType<ModelsConfig> = z.looseObject({
  mode: z.enum(['merge', 'replace']).optional(),
  providers: z.record(providerId, providerEntry).optional(),
});
