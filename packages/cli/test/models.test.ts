/**
 * `openclaw models` over temporary configs and made-up servers.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import type { Doors } from '../src/index.ts';
import { openOperator } from '../src/compose/open-operator.ts';
import { type CallOptions, type Called, call as callBare, Home } from './call.ts';

/** No gateway runs: the command opens the state of the home itself. */
function call(argv: readonly string[], options: CallOptions = {}): Promise<Called> {
  return callBare(argv, { ...options, doors: { openOperator, ...options.doors } });
}

const OLLAMA = {
  kind: 'ollama',
  baseUrl: 'http://127.0.0.1:11434/v1',
  models: ['llama3.2:3b', 'qwen3:4b'],
} as const;

const found = (doors: Partial<Doors> = {}): { doors: Partial<Doors> } => ({
  doors: { discoverLocalServers: async () => [OLLAMA], ...doors },
});

async function valueOf(home: Home, path: string): Promise<unknown> {
  const { code, stdout } = await call(['config', 'get', path, '--json'], { home });
  return code === 0 ? JSON.parse(stdout) : undefined;
}

describe('models list', () => {
  test('shows what is used, what could be, and what was found', async () => {
    const home = new Home().write(
      '{ agents: { defaults: { model: { primary: "openai/gpt-5", fallbacks: ["offline/demo"] } } }, models: { providers: { mine: { baseUrl: "https://m.example/v1" } } } }',
    );
    const { code, stdout } = await call(['models', 'list'], { home, ...found() });
    expect(code).toBe(0);
    expect(stdout).toContain(
      '  openai/gpt-5  There is no key for the provider "openai". Set OPENAI_API_KEY or models.providers.openai.apiKey.\n  offline/demo  ready\n',
    );
    expect(stdout).toMatch(/^ {2}mine +config +https:\/\/m\.example\/v1$/m);
    expect(stdout).toMatch(/^ {2}anthropic +built in +ANTHROPIC_API_KEY +https:/m);
    expect(stdout).toContain('Found on this machine\n  ollama/llama3.2:3b\n  ollama/qwen3:4b\n');
  });

  test('never shows a key', async () => {
    const home = new Home().write(
      '{ models: { providers: { mine: { baseUrl: "https://m.example/v1", apiKey: "sk-very-secret" } } }, agents: { defaults: { model: "mine/x" } } }',
    );
    for (const argv of [
      ['models', 'list'],
      ['models', 'list', '--json'],
    ]) {
      const { code, stdout, stderr } = await call(argv, { home });
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain('sk-very-secret');
    }
  });

  test('without a config answers with the offline model', async () => {
    const { stdout } = await call(['models', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      active: [{ id: 'offline/demo', available: true }],
      found: [],
    });
  });

  test('leaves the built-in providers out where the config replaces them', async () => {
    const home = new Home().write(
      '{ models: { mode: "replace", providers: { mine: { baseUrl: "https://m.example/v1" } } } }',
    );
    const { stdout } = await call(['models', 'list', '--json'], { home });
    const { providers } = JSON.parse(stdout) as { providers: { id: string }[] };
    expect(providers.map(({ id }) => id)).toEqual(['mine']);
  });
});

describe('models use', () => {
  test('writes the choice', async () => {
    const home = new Home().write('{}');
    const { code, stdout, stderr } = await call(['models', 'use', 'openai/gpt-5'], {
      home,
      env: { OPENAI_API_KEY: 'k' },
    });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `The agent uses openai/gpt-5: agents.defaults.model in ${home.config}.\n`,
      stderr: '',
    });
    expect(await valueOf(home, 'agents.defaults.model')).toBe('openai/gpt-5');
  });

  test('keeps the fallbacks beside it', async () => {
    const home = new Home().write(
      '{ agents: { defaults: { model: { primary: "a/b", fallbacks: ["offline/demo"] } } } }',
    );
    await call(['models', 'use', 'openai/gpt-5'], { home });
    expect(await valueOf(home, 'agents.defaults.model')).toEqual({
      primary: 'openai/gpt-5',
      fallbacks: ['offline/demo'],
    });
  });

  test('warns when the key is missing', async () => {
    const { code, stderr } = await call(['models', 'use', 'openai/gpt-5'], {
      home: new Home().write('{}'),
    });
    expect(code).toBe(0);
    expect(stderr).toContain('Warning: There is no key for the provider "openai".');
  });

  test('writes down a server of this machine once it is confirmed', async () => {
    const home = new Home().write('{}');
    const asked: string[] = [];
    const confirm = async (question: string) => {
      asked.push(question);
      return true;
    };
    const argv = ['models', 'use', 'ollama/qwen3:4b'];
    expect((await call(argv, { home, ...found({ confirm }) })).code).toBe(0);
    expect(asked).toEqual([
      'Use the ollama server at http://127.0.0.1:11434/v1? It will read every conversation.',
    ]);
    expect(await valueOf(home, 'models.providers.ollama')).toEqual({
      baseUrl: 'http://127.0.0.1:11434/v1',
      api: 'openai-completions',
      models: [{ id: 'qwen3:4b' }],
    });
    expect(await valueOf(home, 'agents.defaults.model')).toBe('ollama/qwen3:4b');
    // Confirmed once is enough.
    expect((await call(['models', 'use', 'ollama/llama3.2:3b'], { home, ...found() })).code).toBe(
      0,
    );
    expect(asked).toHaveLength(1);
  });

  test.each([
    {
      name: 'a server nobody confirmed',
      argv: ['ollama/qwen3:4b'],
      doors: { confirm: async () => false },
      says: 'No model was chosen. [usage.declined]',
    },
    {
      name: 'a server nobody can confirm',
      argv: ['ollama/qwen3:4b'],
      doors: {},
      says: '[usage.confirmation]',
    },
    {
      name: 'a model the server does not have',
      argv: ['ollama/qwen3:4'],
      doors: {},
      says: 'ollama has no model "qwen3:4". [model.not_found]\n  Did you mean "ollama/qwen3:4b"?',
    },
    {
      name: 'a provider nobody knows',
      argv: ['opnai/x'],
      doors: {},
      says: 'There is no provider "opnai": it is neither built in nor configured. [model.provider_unknown]\n  Did you mean "openai"?',
    },
    { name: 'no model', argv: ['gpt-5'], doors: {}, says: '"gpt-5" is no model.' },
    {
      name: 'a prototype name',
      argv: ['constructor/x'],
      doors: {},
      says: '[model.provider_unknown]',
    },
  ])('writes nothing for $name', async ({ argv, doors, says }) => {
    const home = new Home().write('{}');
    const { code, stderr } = await call(['models', 'use', ...argv], { home, ...found(doors) });
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    expect(home.read()).toBe('{}');
  });

  test('chooses a local server that does not answer, and says so', async () => {
    const home = new Home().write('{}');
    const { code, stderr } = await call(['models', 'use', 'lmstudio/some-model'], { home });
    expect(code).toBe(0);
    expect(stderr).toBe(
      'Warning: No lmstudio server answers on this machine. It is chosen all the same.\n',
    );
    expect(await valueOf(home, 'models.providers')).toBe(undefined);
  });
});
