/**
 * `openclaw channels` where it reads and changes the config.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Keychain } from '../../src/secrets/keychain.ts';
import { Home } from '../call.ts';
import { configOf, GATEWAY, run } from '../local.ts';

const TOKEN = '4711:AAHfiqksKZ8WmR2zSjiQ7IVtbTfzGqpE0eo';
function homeWith(channels: string): Home {
  return new Home().write(`{ ${GATEWAY}, channels: ${channels} }`);
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

  test('a network whose package is missing is answered with the command that installs it', async () => {
    const home = homeWith('{}');
    const { code, stderr } = await run(home, 'channels add whatsapp');
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Error: The package for WhatsApp is not installed. [channel.not_installed]\n  Install it with: npm install --ignore-scripts --prefix ${home.path}/.openclaw/plugins @portcullis/channels-whatsapp\n`,
    );
  });

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
      '{ telegram: { accounts: { a: {}, b: {} } }, slack: { enabled: false } }',
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
        slack: {
          accounts: ['default'],
          enabled: false,
          installed: false,
          origin: 'configured',
          label: 'Slack',
        },
      },
    });
    const all = JSON.parse((await run(home, 'channels list --all --json')).stdout);
    expect(Object.keys(all.chat)).toEqual(['telegram', 'slack', 'discord', 'whatsapp']);
    expect((await run(home, 'channels list')).stdout).toContain(
      'slack     Slack     not installed',
    );
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
