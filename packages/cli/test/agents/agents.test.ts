/**
 * `openclaw agents`: who answers, and where.
 */
import { describe, expect, test } from 'vitest';

import { Home } from '../call.ts';
import { configOf, GATEWAY, run } from '../local.ts';

const TWO =
  "agents: { entries: { main: { default: true }, support: { workspace: '/srv/support' } } }, bindings: [{ agentId: 'support', match: { channel: 'telegram', accountId: 'work' } }, { agentId: 'main', match: { channel: 'slack' } }, { agentId: 'support', match: { channel: 'telegram', peer: { kind: 'group', id: '-100' } } }]";

function homeWith(more: string): Home {
  return new Home().write(`{ ${GATEWAY}, ${more} }`);
}

describe('listing', () => {
  test('shows the agent there is when the config names none', async () => {
    const home = homeWith('');
    const { stdout } = await run(home, 'agents --json');
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      agents: [
        { id: 'main', isDefault: true, workspace: `${home.path}/.openclaw/workspace`, bindings: 0 },
      ],
    });
    expect((await run(home, 'agents bindings')).stdout).toBe(
      'Nothing is bound. The default agent answers: main.\n',
    );
  });

  test('shows each agent with what is bound to it, narrow bindings as well', async () => {
    const { stdout } = await run(homeWith(TWO), 'agents list --bindings --json');
    expect(JSON.parse(stdout).agents).toMatchObject([
      { id: 'main', isDefault: true, bindings: 1, routes: ['slack'] },
      {
        id: 'support',
        isDefault: false,
        workspace: '/srv/support',
        bindings: 2,
        routes: ['telegram:work', 'telegram group -100'],
      },
    ]);
    const { stdout: own } = await run(homeWith(TWO), 'agents bindings --agent support');
    expect(own).toBe(
      'WHERE                AGENT\ntelegram:work        support\ntelegram group -100  support\n',
    );
  });
});

describe('adding', () => {
  test('keeps the agent that answered before as the default one', async () => {
    const home = homeWith('');
    const { code, stdout } = await run(home, 'agents add Support --model offline/demo');
    expect(code).toBe(0);
    expect(configOf(home)['agents']).toEqual({
      entries: {
        main: { default: true },
        support: { name: 'Support', model: 'offline/demo' },
      },
    });
    expect(stdout).toContain('It answers nowhere yet: openclaw agents bind --agent support');
  });

  test('marks the only agent as the default one before there are two', async () => {
    const home = homeWith("agents: { entries: { ada: { name: 'Ada' } } }");
    await run(home, 'agents add ben');
    expect(configOf(home)['agents']).toEqual({
      entries: { ada: { name: 'Ada', default: true }, ben: {} },
    });
  });

  test('writes the older form where the config has it', async () => {
    const home = homeWith("agents: { list: [{ id: 'ada', default: true }] }");
    await run(home, 'agents add ben --workspace /srv/ben --yes');
    expect(home.read()).toMatch(/list:.*ada.*ben/su);
    expect(configOf(home)['agents']).toEqual({
      entries: { ada: { default: true }, ben: { workspace: '/srv/ben' } },
    });
  });

  test('what it is bound to is shown and asked about', async () => {
    const home = homeWith('');
    const before = home.read();
    const asked = await run(home, 'agents add support --bind telegram:work,slack');
    expect(asked.code).toBe(1);
    expect(asked.stdout).toContain('opens   bindings');
    expect(home.read()).toBe(before);
    await run(home, 'agents add support --bind telegram:work,slack --yes');
    expect(configOf(home)['bindings']).toEqual([
      { agentId: 'support', match: { channel: 'telegram', accountId: 'work' } },
      { agentId: 'support', match: { channel: 'slack' } },
    ]);
  });
});

describe('binding', () => {
  test('adds behind what there is, and does nothing twice', async () => {
    const home = homeWith(TWO);
    const { code } = await run(home, 'agents bind --agent support --bind discord --yes');
    expect(code).toBe(0);
    expect(configOf(home)['bindings']).toHaveLength(4);
    const again = await run(home, 'agents bind --agent support --bind discord');
    expect(again).toMatchObject({ code: 0, stdout: 'Everything is as it should be already.\n' });
  });

  test('takes back exactly what was named, and leaves what is narrower', async () => {
    const home = homeWith(TWO);
    await run(home, 'agents unbind --agent support --bind telegram:work --yes');
    expect(configOf(home)['bindings']).toEqual([
      { agentId: 'main', match: { channel: 'slack' } },
      {
        agentId: 'support',
        match: { channel: 'telegram', peer: { kind: 'group', id: '-100' } },
      },
    ]);
    await run(home, 'agents unbind --agent support --all --yes');
    expect(configOf(home)['bindings']).toEqual([{ agentId: 'main', match: { channel: 'slack' } }]);
  });
});

describe('identity and deletion', () => {
  test('an identity is written to the agent that is meant', async () => {
    const home = homeWith(TWO);
    const words = 'agents set-identity --agent support --name Sue --emoji 🦞 --json';
    const { stdout } = await run(home, words);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      agentId: 'support',
      identity: { name: 'Sue', emoji: '🦞' },
      changed: true,
    });
    await run(home, 'agents set-identity --name Ada');
    expect(configOf(home)['agents']).toMatchObject({
      entries: { main: { identity: { name: 'Ada' } }, support: { identity: { name: 'Sue' } } },
    });
  });

  test('an agent goes with its bindings, after a yes, and its files stay', async () => {
    const home = homeWith(TWO);
    const asked = await run(home, 'agents delete support');
    expect(asked.stderr).toContain('Delete the agent "support"');
    expect(configOf(home)['bindings']).toHaveLength(3);
    const { code, stdout } = await run(home, 'agents delete support --force');
    expect(code).toBe(0);
    expect(stdout).toContain('Its files are still in /srv/support');
    expect(configOf(home)).toMatchObject({
      agents: { entries: { main: { default: true } } },
      bindings: [{ agentId: 'main', match: { channel: 'slack' } }],
    });
  });
});

describe('refusals', () => {
  test.each([
    ['agents add !!!', '[usage.invalid_value]', 'Use letters and digits'],
    ['agents add support', '[agent.exists]', 'openclaw config set agents.entries.support'],
    ['agents add x --bind telegram:', '[usage.invalid_value]', '<channel>:<account>'],
    [
      'agents bind --agent main --bind telegram:work',
      '[agent.bound]',
      'agents unbind --agent support',
    ],
    ['agents bind --agent suport --bind slack', '[agent.unknown]', 'Did you mean "support"?'],
    ['agents bind --agent main', '[usage.missing]', '--bind telegram:work'],
    [
      'agents unbind --agent main --bind telegram',
      '[agent.not_bound]',
      'agents bindings --agent main',
    ],
    ['agents set-identity', '[usage.missing]', '--emoji'],
    ['agents delete main --force', '[agent.is_default]', 'Make another the default one first'],
  ])('openclaw %s is refused with %s', async (words, code, hint) => {
    const home = homeWith(TWO);
    const before = home.read();
    const { code: exit, stderr } = await run(home, words);
    expect(exit).toBe(1);
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
    expect(home.read()).toBe(before);
  });
});
