/**
 * Providers that need no entry in the config.
 *
 * @module
 */

/** What is known about a provider before anyone configures it. */
export interface BuiltInProvider {
  readonly api: string;
  readonly baseUrl?: string;
  /** The environment variable with its key; undefined where none is needed. */
  readonly keyVariable?: string;
}

/** Built-in providers by id. */
export const builtInProviders: Readonly<Record<string, BuiltInProvider>> = {
  openai: {
    api: 'openai-completions',
    baseUrl: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
  },
  anthropic: {
    api: 'anthropic-messages',
    baseUrl: 'https://api.anthropic.com/v1',
    keyVariable: 'ANTHROPIC_API_KEY',
  },
  openrouter: {
    api: 'openai-completions',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
  },
  ollama: { api: 'openai-completions', baseUrl: 'http://127.0.0.1:11434/v1' },
  lmstudio: { api: 'openai-completions', baseUrl: 'http://127.0.0.1:1234/v1' },
  llamacpp: { api: 'openai-completions', baseUrl: 'http://127.0.0.1:8080/v1' },
  offline: { api: 'offline' },
};
