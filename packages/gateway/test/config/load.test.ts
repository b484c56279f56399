import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hashConfig, loadConfig } from '@portcullis/gateway/config';
import { compileToolPolicy } from '@portcullis/policy/tools';
import { temporaryHome, thrown } from './temporary-home.ts';

describe('loading', () => {
  test('a missing file is an empty config', () => {
    const { paths } = temporaryHome();
    const loaded = loadConfig({ env: {}, paths });
    expect([loaded.exists, loaded.raw, loaded.value, loaded.warnings]).toEqual([false, '', {}, []]);
    expect(loaded.path).toBe(paths.configPath);
  });

  test('the hash is that of the text', () => {
    const loaded = temporaryHome().load('{}');
    expect(loaded.hash).toBe(
      'sha256:v1:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    );
    expect(hashConfig('')).toBe(
      'sha256:v1:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  test('a directory in its place is unreadable, not missing', () => {
    const { paths } = temporaryHome();
    mkdirSync(paths.configPath);
    const error = thrown(() => loadConfig({ env: {}, paths }));
    expect([error.code, error.message.includes('it is a directory')]).toEqual([
      'config.unreadable',
      true,
    ]);
  });

  test('an invalid config is refused with its issues', () => {
    const home = temporaryHome();
    home.write('openclaw.json', '{ gateway: { bind: "Loopback" } }');
    const error = thrown(() => loadConfig({ env: {}, paths: home.paths }));
    expect(error.code).toBe('config.invalid');
    expect(error.message).toBe(
      'OpenClaw config is invalid: gateway.bind: must be "loopback" or "lan" or "tailnet" or "custom" or "auto"',
    );
    expect(error.details?.['issues']).toEqual([
      {
        path: 'gateway.bind',
        message: 'must be "loopback" or "lan" or "tailnet" or "custom" or "auto"',
        allowedValues: ['loopback', 'lan', 'tailnet', 'custom', 'auto'],
        suggestion: 'loopback',
      },
    ]);
  });
});

describe('variables', () => {
  const config = { gateway: { auth: { token: '${GATE_TOKEN}' } } };

  test('P26.04: are put in, and the source keeps the placeholder', () => {
    const loaded = temporaryHome().load(config, { GATE_TOKEN: 'from-process' });
    expect(loaded.value).toEqual({ gateway: { auth: { token: 'from-process' } } });
    expect(loaded.source).toEqual({ gateway: { auth: { token: '${GATE_TOKEN}' } } });
    expect(loaded.unavailable).toEqual([]);
  });

  test.each([{}, { GATE_TOKEN: '' }])(
    'a missing or empty one leaves the string as it was (%j)',
    (env) => {
      const loaded = temporaryHome().load(config, env);
      expect(loaded.value).toEqual({ gateway: { auth: { token: '${GATE_TOKEN}' } } });
      expect(loaded.unavailable).toEqual([{ path: 'gateway.auth.token', variable: 'GATE_TOKEN' }]);
      expect(loaded.warnings).toEqual([
        {
          path: 'gateway.auth.token',
          message: 'GATE_TOKEN is not set, so this value counts as not configured.',
        },
      ]);
    },
  );

  test('several in one string, escapes, and what is no placeholder', () => {
    const loaded = temporaryHome().load(
      { logging: { file: '/${A}-${B}/$${A}/$A/${a}/${1A}' } },
      { A: 'x', B: '${A}', a: 'never', toString: 'never' },
    );
    expect(loaded.value).toEqual({ logging: { file: '/x-${A}/${A}/$A/${a}/${1A}' } });
  });

  test('one missing variable keeps the whole string, escapes too', () => {
    const loaded = temporaryHome().load({ logging: { file: '${A}/${NONE}/$${A}' } }, { A: 'x' });
    expect(loaded.value).toEqual({ logging: { file: '${A}/${NONE}/$${A}' } });
  });

  test('inherited names are no variables', () => {
    const loaded = temporaryHome().load({ logging: { file: '${CONSTRUCTOR}${__PROTO__}' } });
    expect(loaded.unavailable).toEqual([{ path: 'logging.file', variable: 'CONSTRUCTOR' }]);
  });

  test('the process wins over .env, .env over env.vars', () => {
    const home = temporaryHome();
    home.write(
      '.env',
      'A=file\nB="file b" # note\n# C=no\nexport D=\'raw $x\'\nbroken line\nE=plain # note\n',
    );
    const loaded = home.load(
      {
        env: { vars: { A: 'vars', B: 'vars', F: '${D}!', G: '${NOPE}' } },
        logging: { file: '${A}|${B}|${D}|${E}|${F}', redactPatterns: ['${G}', '${C}'] },
      },
      { A: 'process' },
    );
    expect(loaded.value['logging']).toEqual({
      file: 'process|file b|raw $x|plain|raw $x!',
      redactPatterns: ['${G}', '${C}'],
    });
    expect(loaded.unavailable.map((entry) => entry.path)).toEqual([
      'env.vars.G',
      'logging.redactPatterns[0]',
      'logging.redactPatterns[1]',
    ]);
  });

  test('P03.02: a .env in the working directory is never read', () => {
    const home = temporaryHome();
    const elsewhere = join(home.paths.home, 'project');
    mkdirSync(elsewhere);
    home.write('../project/.env', 'GATE_TOKEN=hostile');
    const before = process.cwd();
    process.chdir(elsewhere);
    try {
      expect(home.load(config).unavailable).toEqual([
        { path: 'gateway.auth.token', variable: 'GATE_TOKEN' },
      ]);
    } finally {
      process.chdir(before);
    }
  });

  test('an unreadable .env is a warning', () => {
    const home = temporaryHome();
    mkdirSync(join(home.paths.stateDir, '.env'));
    expect(home.load('{}').warnings).toEqual([
      { path: 'env', message: 'The .env file beside the config was not read: it is a directory.' },
    ]);
  });

  test('the environment of the process is left alone', () => {
    const home = temporaryHome();
    home.write('.env', 'PORTCULLIS_TEST_VARIABLE=1');
    expect(home.load('{}').env['PORTCULLIS_TEST_VARIABLE']).toBe('1');
    expect(process.env['PORTCULLIS_TEST_VARIABLE']).toBe(undefined);
  });
});

describe('the older form of the agents', () => {
  test('is read as the newer one, so that what it forbids is forbidden', () => {
    const loaded = temporaryHome().load(
      `{ agents: { defaults: { model: 'local/x' }, entries: { main: { default: true } },
         list: [{ id: 'work', tools: { deny: ['message'] } }] } }`,
    );
    expect(loaded.value['agents']).toEqual({
      defaults: { model: 'local/x' },
      entries: { main: { default: true }, work: { tools: { deny: ['message'] } } },
    });
    const policy = compileToolPolicy(loaded.value);
    const ask = { agentId: 'work', tool: 'message', requesterIsOwner: true };
    expect(policy.tool(ask).effect).toBe('deny');
    expect(policy.tool({ ...ask, agentId: 'main' }).effect).toBe('allow');
  });

  test('stays as it was written in what is shown and written back', () => {
    const loaded = temporaryHome().load(`{ agents: { list: [{ id: 'work' }] } }`);
    expect(loaded.source['agents']).toEqual({ list: [{ id: 'work' }] });
  });

  test('names what cannot be had by the path it is read at', () => {
    const loaded = temporaryHome().load(
      `{ agents: { list: [{ id: 'work', name: '\${NOT_SET_ANYWHERE}' }] } }`,
    );
    expect(loaded.unavailable.map(({ path }) => path)).toEqual(['agents.entries.work.name']);
  });
});
