/**
 * Reads which models a config asks for: `agents.defaults.model`.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** One model by name. */
export interface ModelRef {
  readonly provider: string;
  /** Everything after the first slash; may hold slashes itself. */
  readonly model: string;
  /** Where it was asked for: `agents.defaults.model.fallbacks[0]`. */
  readonly path: string;
}

function invalid(path: string): PortcullisError {
  return new PortcullisError('model.ref_invalid', `${path} does not name a model.`, {
    hint: 'Write "<provider>/<model>", or { "primary": "<provider>/<model>", "fallbacks": [] }.',
    details: { path },
  });
}

function parseRef(value: unknown, path: string): ModelRef {
  const match = typeof value === 'string' ? /^([^/\s]+)\/(\S+)$/.exec(value.trim()) : null;
  const [, provider, model] = match ?? [];
  if (provider === undefined || model === undefined) throw invalid(path);
  return { provider, model, path };
}

/**
 * Reads `"<provider>/<model>"` or `{ primary, fallbacks }`, the first choice first and each model
 * once.
 *
 * @throws `model.ref_invalid`
 */
export function parseModelChoice(value: unknown, path: string): readonly ModelRef[] {
  if (typeof value !== 'object' || value === null) return [parseRef(value, path)];
  const primary = 'primary' in value ? value.primary : undefined;
  const fallbacks = 'fallbacks' in value ? (value.fallbacks ?? []) : [];
  if (!Array.isArray(fallbacks)) throw invalid(`${path}.fallbacks`);
  const refs = [
    parseRef(primary, `${path}.primary`),
    ...fallbacks.map((item, index) => parseRef(item, `${path}.fallbacks[${index}]`)),
  ];
  const seen = new Map<string, ModelRef>();
  for (const ref of refs) {
    const id = `${ref.provider}/${ref.model}`;
    if (!seen.has(id)) seen.set(id, ref);
  }
  return [...seen.values()];
}
