/**
 * `openclaw models status`, `test` and `fallbacks`.
 */
import { type FakeModelOptions, type FakeModelServer, fakeOpenAI } from '@portcullis/testkit';
import { afterEach, describe, expect, test } from 'vitest';

import { Home } from '../call.ts';
import { configOf, GATEWAY, run } from '../local.ts';

let server: FakeModelServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

function homeWith(model: string, more = ''): Home {
  return new Home().write(`{ ${GATEWAY}, agents: { defaults: { model: ${model} } ${more} } }`);
}

/** A home whose model is at a server of the test. */
async function homeAt(respond: NonNullable<FakeModelOptions['respond']>): Promise<Home> {
  server = await fakeOpenAI({ respond });
  const provider = `{ baseUrl: '${server.url}', api: 'openai-completions', apiKey: 'sk-of-the-test-0001', models: [{ id: 'scripted' }] }`;
  return new Home().write(
    `{ ${GATEWAY}, agents: { defaults: { model: { primary: 'mine/scripted', fallbacks: ['offline/demo'] } } }, models: { providers: { mine: ${provider} } } }`,
  );
}

describe('status', () => {
  test('tells for each agent which models it has, and which of them can be used', async () => {
    const home = homeWith(
      "{ primary: 'openai/gpt-5', fallbacks: ['offline/demo'] }",
      ", entries: { main: { default: true }, support: { model: 'anthropic/claude-x' } }",
    );
    const { code, stdout } = await run(home, 'models status --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      defaultModel: 'openai/gpt-5',
      resolvedDefault: 'offline/demo',
      fallbacks: ['offline/demo'],
      agents: [
        {
          agentId: 'main',
          models: [
            { id: 'openai/gpt-5', available: false },
            { id: 'offline/demo', available: true },
          ],
        },
        { agentId: 'support', models: [{ id: 'anthropic/claude-x', available: false }] },
      ],
    });
    expect((await run(home, 'models status --check')).code).toBe(1);
    expect((await run(home, 'models status --agent main --check')).code).toBe(0);
    expect((await run(home, 'models status --plain')).stdout).toBe('openai/gpt-5\n');
  });

  test('shows no key', async () => {
    const home = await homeAt('ready');
    const { stdout, stderr } = await run(home, 'models status --json');
    expect(stdout + stderr).not.toContain('sk-of-the-test');
  });
});

describe('test', () => {
  test('asks the model in use once, and shows what it said and what it took', async () => {
    const home = await homeAt('ready');
    const { code, stdout } = await run(home, 'models test --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      models: [{ ok: true, model: 'mine/scripted', text: 'ready', elapsedMs: expect.any(Number) }],
    });
    expect(server?.requests).toHaveLength(1);
    expect(server?.requests[0]?.body).toMatchObject({ model: 'scripted' });
  });

  test('asks the fallbacks too when told to', async () => {
    const home = await homeAt('ready');
    const { stdout } = await run(home, 'models test --all');
    expect(stdout).toMatch(/^mine\/scripted {2}answers/mu);
    expect(stdout).toMatch(/^offline\/demo {2}answers/mu);
  });

  test('a model that refuses ends with 1 and why, without its key', async () => {
    const home = await homeAt('ready');
    server?.fail(401, 5);
    const { code, stdout, stderr } = await run(home, 'models test');
    expect(code).toBe(1);
    expect(stdout).toContain('[model.auth]');
    expect(stdout + stderr).not.toContain('sk-of-the-test');
  });

  test('a model that is silent is waited for no longer than was said', async () => {
    const home = await homeAt('ready');
    server?.fail('stall', 5);
    const { code, stdout } = await run(home, 'models test --timeout 200 --json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      models: [{ ok: false, error: { code: 'model.timeout' } }],
    });
  });

  test('a model without a key is told what it lacks, and nothing is sent', async () => {
    const { code, stdout } = await run(homeWith("'openai/gpt-5'"), 'models test');
    expect(code).toBe(1);
    expect(stdout).toContain('OPENAI_API_KEY');
  });

  test('what is no model is refused', async () => {
    expect((await run(homeWith("'offline/demo'"), 'models test gpt')).stderr).toContain(
      '[usage.invalid_value]',
    );
  });
});

const modelOf = (home: Home): unknown => configOf(home)['agents'];

describe('fallbacks', () => {
  test('are added behind the others, taken back and cleared', async () => {
    const home = homeWith("'offline/demo'");
    await run(home, 'models fallbacks add openai/gpt-5 --yes');
    await run(home, 'models fallbacks add anthropic/claude-x --yes');
    await run(home, 'models fallbacks add openai/gpt-5 --yes');
    expect(modelOf(home)).toEqual({
      defaults: {
        model: { primary: 'offline/demo', fallbacks: ['anthropic/claude-x', 'openai/gpt-5'] },
      },
    });
    expect((await run(home, 'models fallbacks list')).stdout).toBe(
      'anthropic/claude-x\nopenai/gpt-5\n',
    );
    await run(home, 'models fallbacks remove openai/gpt-5 --yes');
    expect(modelOf(home)).toMatchObject({
      defaults: { model: { fallbacks: ['anthropic/claude-x'] } },
    });
    await run(home, 'models fallbacks clear --yes');
    expect((await run(home, 'models fallbacks list')).stdout).toBe(
      'offline/demo has no fallbacks.\n',
    );
  });

  test.each([
    ['models fallbacks add offline/demo', 'is the first choice already'],
    ['models fallbacks add nonsense', 'is no model'],
    ['models fallbacks remove openai/gpt-5', 'is no fallback'],
  ])('openclaw %s is refused', async (words, why) => {
    const home = homeWith("'offline/demo'");
    const before = home.read();
    const { code, stderr } = await run(home, words);
    expect(code).toBe(1);
    expect(stderr).toContain(why);
    expect(home.read()).toBe(before);
  });
});
