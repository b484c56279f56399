/**
 * `openclaw channels` where it reads and changes the config.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Keychain } from '../../src/secrets/keychain.ts';
import { Home } from '../call.ts';
import { configOf, GATEWAY, run } from '../local.ts';

const TOKEN = '4711:AAHfiqksKZ8WmR2zSjiQ7IVtbTfzGqpE0eo';
function homeWith(channels: string): Home {
  return new Home().write(`{ ${GATEWAY}, channels: ${channels} }`);
}

/** A home in which every network has a package, of which nothing is loaded. */
function withPackages(): Home {
  const home = homeWith('{}');
  for (const id of ['slack', 'discord', 'whatsapp']) {
    const folder = join(home.path, `.openclaw/plugins/node_modules/@portcullis/channels-${id}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "main": "index.js" }');
    writeFileSync(join(folder, 'index.js'), 'throw new Error("nothing of it is needed");');
  }
  return home;
}

/** The channels of the config, read as a gateway reads them. */
function channelsOf(home: Home): unknown {
  return configOf(home, { WORK_BOT: TOKEN, TELEGRAM_BOT_TOKEN: TOKEN })['channels'];
}

function secretsOf(home: Home): unknown {
  const path = join(home.path, '.openclaw', 'credentials', 'secrets.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

const REF = { source: 'file', provider: 'kept', id: '/channels.telegram.botToken' };

describe('adding', () => {
  test('a token from standard input is kept in a private file, and the config names it', async () => {
    const home = homeWith('{}');
    const added = await run(home, 'channels add telegram --token-stdin --yes', {
      stdin: `${TOKEN}\n`,
    });
    expect(added.code).toBe(0);
    expect(channelsOf(home)).toEqual({ telegram: { botToken: REF } });
    expect(secretsOf(home)).toEqual({ 'channels.telegram.botToken': TOKEN });
    expect(home.read() + added.stdout + added.stderr).not.toContain(TOKEN);
    expect(added.stdout).toContain('stranger (telegram, direct): speak (deny -> pair)');
    expect(added.stdout).toContain('Telegram (default) is set up.');
  });

  test('what it opens is shown and asked about; without a yes nothing is kept', async () => {
    const home = homeWith('{}');
    const before = home.read();
    const asked = await run(home, 'channels add telegram --token-stdin', { stdin: TOKEN });
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain('[usage.confirmation]');
    expect(home.read()).toBe(before);
    expect(secretsOf(home)).toEqual({});
  });

  test('a rehearsal keeps and changes nothing', async () => {
    const home = homeWith('{}');
    const before = home.read();
    const words = 'channels add telegram --token-stdin --dry-run';
    const { code, stdout } = await run(home, words, { stdin: TOKEN });
    expect({ code, text: home.read(), secrets: secretsOf(home) }).toEqual({
      code: 0,
      text: before,
      secrets: undefined,
    });
    expect(stdout).toContain('opens');
    expect(stdout).toContain('Nothing was changed.');
  });

  test('on a terminal the token is asked for, with where to get it', async () => {
    const home = homeWith('{}');
    const questions: string[] = [];
    const { code, stderr } = await run(home, 'channels add --channel telegram -y', {
      doors: {
        readSecret: async (question) => {
          questions.push(question);
          return ` ${TOKEN} `;
        },
      },
    });
    expect({ code, questions }).toEqual({ code: 0, questions: ['Paste the token of the bot:'] });
    expect(stderr).toContain('@BotFather');
    expect(secretsOf(home)).toEqual({ 'channels.telegram.botToken': TOKEN });
  });

  test('where nobody can type it, the ways to hand it over are named', async () => {
    expect((await run(homeWith('{}'), 'channels add telegram')).stderr).toContain(
      'Run it on a terminal, or use --token-stdin, --token-file or --token-env.',
    );
  });

  test('a token in the arguments is refused, and never shown', async () => {
    const { code, stderr } = await run(homeWith('{}'), `channels add telegram --token ${TOKEN}`);
    expect(code).toBe(1);
    expect(stderr).toContain('[usage.option_refused]');
    expect(stderr).not.toContain(TOKEN);
  });

  test('a text that is no token is refused, and never shown', async () => {
    const home = homeWith('{}');
    const other = 'sk-ant-this-is-another-secret';
    const words = 'channels add telegram --token-stdin -y';
    const { code, stdout, stderr } = await run(home, words, { stdin: other });
    expect(code).toBe(1);
    expect(stderr).toContain('That is not the token of the bot. [usage.invalid_value]');
    expect(stdout + stderr).not.toContain(other);
    expect(channelsOf(home)).toEqual({});
  });

  test('a second account leaves the first one as it is', async () => {
    const home = homeWith("{ telegram: { botToken: '${TELEGRAM_BOT_TOKEN}', enabled: false } }");
    const words = 'channels add telegram --account work --name Office --token-env WORK_BOT -y';
    const { code, stdout } = await run(home, words, { env: { TELEGRAM_BOT_TOKEN: TOKEN } });
    expect(code).toBe(0);
    expect(channelsOf(home)).toEqual({
      telegram: {
        botToken: TOKEN,
        enabled: true,
        accounts: {
          default: {},
          work: {
            name: 'Office',
            botToken: { source: 'env', provider: 'default', id: 'WORK_BOT' },
          },
        },
      },
    });
    expect(stdout).toContain('The token is in the variable WORK_BOT');
  });

  test.each([
    ['discord', 'token', 'MTc1OTI4.Gabcde.abc-def_ghi', {}],
    ['telegram', 'botToken', TOKEN, {}],
  ])('the token of %s is typed where nobody sees it', async (id, key, token, settings) => {
    const home = withPackages();
    const doors = { readSecret: async () => token };
    const added = await run(home, `channels add ${id} -y`, { doors });
    expect(added.code).toBe(0);
    expect(secretsOf(home)).toEqual({ [`channels.${id}.${key}`]: token });
    expect(channelsOf(home)).toEqual({
      [id]: { ...settings, [key]: { ...REF, id: `/channels.${id}.${key}` } },
    });
    expect(home.read() + added.stdout + added.stderr).not.toContain(token);
  });

  test('Slack takes both its tokens, each asked for in turn', async () => {
    const home = withPackages();
    const questions: string[] = [];
    const { code, stdout } = await run(home, 'channels add slack -y', {
      doors: {
        readSecret: async (question) => {
          questions.push(question);
          return question.includes('app-level') ? 'xapp-1-abc' : 'xoxb-1-abc';
        },
      },
    });
    expect(code).toBe(0);
    expect(questions).toEqual([
      'Paste the bot token of the app:',
      'Paste the app-level token of the app:',
    ]);
    expect(secretsOf(home)).toEqual({
      'channels.slack.botToken': 'xoxb-1-abc',
      'channels.slack.appToken': 'xapp-1-abc',
    });
    expect(home.read()).toMatch(/mode: ["']socket["']|"mode": "socket"/u);
    expect(stdout).toContain('appToken is in');
  });

  test('Slack that calls the gateway takes a signing secret instead, and says so in the config', async () => {
    const home = withPackages();
    const [bot, signing] = [join(home.path, 'bot'), join(home.path, 'signing')];
    writeFileSync(bot, 'xoxb-1-abc');
    writeFileSync(signing, '0123456789abcdef0123456789abcdef');
    const words = `channels add slack --account work --token-file ${bot} --signing-secret-file ${signing} -y`;
    expect((await run(home, words)).code).toBe(0);
    expect(secretsOf(home)).toEqual({
      'channels.slack.accounts.work.botToken': 'xoxb-1-abc',
      'channels.slack.accounts.work.signingSecret': '0123456789abcdef0123456789abcdef',
    });
    expect(home.read()).toContain('http');
    // A secret of its own is replaced alone: nobody is asked for the other one again.
    writeFileSync(signing, 'f123456789abcdef0123456789abcdef');
    const again = `channels add slack --account work --signing-secret-file ${signing} -y`;
    expect((await run(home, again)).code).toBe(0);
    expect(secretsOf(home)).toMatchObject({
      'channels.slack.accounts.work.botToken': 'xoxb-1-abc',
      'channels.slack.accounts.work.signingSecret': 'f123456789abcdef0123456789abcdef',
    });
  });

  test('WhatsApp takes no secret: its block is written, and the login named', async () => {
    const home = withPackages();
    const { code, stdout } = await run(home, 'channels add whatsapp -y');
    expect(code).toBe(0);
    expect(channelsOf(home)).toEqual({ whatsapp: { dmPolicy: 'pairing' } });
    expect(stdout).toContain('openclaw channels login whatsapp');
    await run(home, 'channels add whatsapp --account work -y');
    expect(channelsOf(home)).toEqual({
      whatsapp: { dmPolicy: 'pairing', accounts: { default: {}, work: {} } },
    });
  });

  test.each([
    ['channels add whatsapp --token-stdin', 'It is linked with an app instead.'],
    ['channels add telegram --app-token-stdin', 'It takes --token-….'],
    ['channels add slack --token-stdin --app-token-stdin', 'Hand over the others in files.'],
  ])('%s is refused', async (words, hint) => {
    const { code, stderr } = await run(withPackages(), `${words} -y`, { stdin: 'xoxb-1' });
    expect(code).toBe(1);
    expect(stderr).toContain(hint);
  });

  test.each(['--token', '--app-token', '--signing-secret'])(
    '%s with the secret itself is refused, and never shown',
    async (option) => {
      const { code, stderr } = await run(withPackages(), `channels add slack ${option} xoxb-7-x`);
      expect(code).toBe(1);
      expect(stderr).toContain('[usage.option_refused]');
      expect(stderr).not.toContain('xoxb-7-x');
    },
  );

  test.each([
    ['channels add', '[usage.missing]', 'telegram, discord, slack, whatsapp'],
    ['channels add telegramm', '[channel.unknown]', 'Did you mean "telegram"?'],
    ['channels add telegram --channel slack', '[usage.invalid_value]', 'Name one'],
    ['channels add telegram --account ../x', '[usage.invalid_value]', 'at most 64'],
    ['channels login telegram', '[channel.no_login]', 'openclaw channels add telegram'],
  ])('openclaw %s is refused with %s', async (words, code, hint) => {
    const { code: exit, stderr } = await run(homeWith('{}'), words);
    expect(exit).toBe(1);
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
  });
});

describe('listing', () => {
  test('names what is set up, and with --all what could be', async () => {
    const home = homeWith(
      '{ telegram: { accounts: { a: {}, b: {} } }, matrix: { enabled: false } }',
    );
    const listed = JSON.parse((await run(home, 'channels list --json')).stdout);
    expect(listed).toEqual({
      ok: true,
      chat: {
        telegram: {
          accounts: ['a', 'b'],
          enabled: true,
          installed: true,
          origin: 'configured',
          label: 'Telegram',
        },
        matrix: {
          accounts: ['default'],
          enabled: false,
          installed: false,
          origin: 'configured',
          label: 'matrix',
        },
      },
    });
    const all = JSON.parse((await run(home, 'channels list --all --json')).stdout);
    expect(Object.keys(all.chat)).toEqual(['telegram', 'matrix', 'discord', 'slack', 'whatsapp']);
    const { stdout, stderr } = await run(home, 'channels list');
    expect(stdout).toMatch(/^matrix +matrix +not installed/mu);
    // One line that names the one command.
    expect(stderr.match(/.*matrix.*/gu)).toEqual([
      expect.stringContaining(`npm install --ignore-scripts --prefix ${home.path}`),
    ]);
  });

  test('says how to begin where nothing is set up', async () => {
    expect((await run(homeWith('{}'), 'channels list')).stdout).toBe(
      'No network is configured. Set one up: openclaw channels add telegram\n',
    );
  });
});

describe('switching and removing', () => {
  const ON = "{ telegram: { botToken: '123:a', dmPolicy: 'pairing' } }";

  test('a channel is switched off without a question, and on with one', async () => {
    const home = homeWith(ON);
    expect((await run(home, 'channels disable telegram')).stdout).toContain('Telegram is off.');
    expect(channelsOf(home)).toMatchObject({ telegram: { enabled: false } });
    expect((await run(home, 'channels enable')).stderr).toContain('[usage.confirmation]');
    expect((await run(home, 'channels enable --yes')).stdout).toContain('Telegram is on.');
    expect(channelsOf(home)).toMatchObject({ telegram: { enabled: true } });
    expect((await run(home, 'channels enable')).stdout).toBe('Telegram is on already.\n');
  });

  test('an account is switched on with its channel', async () => {
    const home = homeWith(
      '{ telegram: { enabled: false, accounts: { a: { enabled: false }, b: {} } } }',
    );
    const { code } = await run(home, 'channels enable telegram --account a --yes');
    expect(code).toBe(0);
    expect(channelsOf(home)).toEqual({
      telegram: { enabled: true, accounts: { a: { enabled: true }, b: {} } },
    });
  });

  test('remove switches off, and with --delete forgets the settings and the secret', async () => {
    const home = homeWith('{}');
    await run(home, 'channels add telegram --token-stdin -y', { stdin: TOKEN });
    const { stderr } = await run(home, 'channels remove telegram');
    expect(stderr).toContain('Switch Telegram off?');
    await run(home, 'channels remove telegram --yes');
    expect(channelsOf(home)).toEqual({ telegram: { botToken: REF, enabled: false } });
    await run(home, 'channels remove telegram --delete --dry-run');
    expect(secretsOf(home)).toEqual({ 'channels.telegram.botToken': TOKEN });
    const gone = await run(home, 'channels remove telegram --delete --yes --json');
    expect(JSON.parse(gone.stdout)).toMatchObject({ ok: true, channel: 'telegram', changed: true });
    expect(channelsOf(home)).toEqual({});
    expect(secretsOf(home)).toEqual({});
  });

  test('what the keychain kept is forgotten, and nothing else of it', async () => {
    const entries = new Map([['someone.else', 'theirs']]);
    const keychain: Keychain = {
      name: 'a keychain',
      put: async (account, text) => void entries.set(account, text),
      read: async (account) => entries.get(account),
      remove: async (account) => void entries.delete(account),
      provider: (account) => ({ source: 'exec', command: '/bin/true', args: [account] }),
    };
    const doors = { findKeychain: async () => keychain };
    const home = homeWith('{}');
    await run(home, 'channels add telegram --token-stdin -y', { stdin: TOKEN, doors });
    expect([...entries.values()]).toEqual(['theirs', TOKEN]);
    await run(home, 'channels remove telegram --delete -y', { doors });
    expect([...entries.values()]).toEqual(['theirs']);
    expect(home.read()).not.toContain('keychain');
  });

  test('one account of several goes alone', async () => {
    const home = homeWith("{ telegram: { accounts: { a: { botToken: '1:a' }, b: {} } } }");
    await run(home, 'channels remove telegram --account a --delete --yes');
    expect(channelsOf(home)).toEqual({ telegram: { accounts: { b: {} } } });
  });

  test.each([
    ['channels disable slak', '[channel.not_configured]', 'Did you mean "slack"?'],
    ['channels disable', '[usage.missing]', 'Name one: telegram, slack.'],
    ['channels disable slack --account x', '[channel.unknown_account]', 'default'],
  ])('openclaw %s is refused with %s', async (words, code, hint) => {
    const { stderr } = await run(homeWith('{ telegram: {}, slack: {} }'), words);
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
  });
});
