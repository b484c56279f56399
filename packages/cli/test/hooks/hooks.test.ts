/**
 * `openclaw hooks`: what webhooks there are, and whether they can work.
 */
import { describe, expect, test } from 'vitest';

import { Home } from '../call.ts';
import { configOf, GATEWAY, run } from '../local.ts';

const TOKEN = 'a-hook-token-of-sufficient-length-1';
const MAPPING =
  "{ match: { path: 'github' }, name: 'GitHub', agentId: 'nope', deliver: true, channel: 'slack', to: 'x', signature: { preset: 'github', secret: 'a-signing-secret-of-the-test' } }";

function homeWith(hooks: string): Home {
  return new Home().write(`{ ${GATEWAY}, hooks: ${hooks} }`);
}

const on = (more = ''): Home => homeWith(`{ enabled: true, token: '${TOKEN}' ${more} }`);

describe('looking', () => {
  test('names each webhook with what it lacks, and no secret', async () => {
    const home = on(`, mappings: [${MAPPING}]`);
    const { stdout } = await run(home, 'hooks list --json');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      enabled: true,
      hooks: [
        { name: 'wake', url: '/hooks/wake', authentication: 'token', eligible: true },
        { name: 'agent', url: '/hooks/agent', eligible: true },
        {
          name: 'GitHub',
          url: '/hooks/github',
          authentication: 'signature',
          eligible: false,
          problems: ['There is no agent "nope".', 'No channel "slack" is configured to answer on.'],
        },
      ],
    });
    expect(stdout).not.toContain(TOKEN);
    expect(stdout).not.toContain('a-signing-secret');
    const eligible = JSON.parse((await run(home, 'hooks list --eligible --json')).stdout);
    expect(eligible.hooks).toHaveLength(2);
    expect((await run(home, 'hooks info github')).stdout).toContain(
      'a signature, hooks.mappings[0].signature.secret',
    );
  });

  test('check fails where one that is on cannot work, and only then', async () => {
    expect((await run(on(), 'hooks check')).stdout).toBe('All 2 webhooks can be called.\n');
    const broken = await run(on(`, mappings: [${MAPPING}]`), 'hooks check');
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('GitHub: There is no agent "nope".');
    const off = await run(homeWith(`{ mappings: [${MAPPING}] }`), 'hooks check --json');
    expect(off.code).toBe(0);
    expect(JSON.parse(off.stdout)).toMatchObject({ ok: true, enabled: false, eligible: 0 });
  });
});

describe('switching', () => {
  test('opens only after a yes, and closes without', async () => {
    const home = homeWith(`{ token: '${TOKEN}' }`);
    expect((await run(home, 'hooks enable')).stderr).toContain('[usage.confirmation]');
    expect((await run(home, 'hooks enable --yes')).stdout).toContain('Webhooks are on.');
    expect(configOf(home)['hooks']).toMatchObject({ enabled: true });
    expect((await run(home, 'hooks disable')).stdout).toContain('Webhooks are off.');
    expect(configOf(home)['hooks']).toMatchObject({ enabled: false });
  });

  test.each([
    ['hooks disable github', '[hook.not_alone]', 'openclaw config unset hooks.mappings[0]'],
    ['hooks disable wake', '[hook.not_alone]', 'openclaw hooks disable switches all'],
    ['hooks info githup', '[hook.unknown]', 'Did you mean "GitHub"?'],
  ])('openclaw %s is refused with %s', async (words, code, hint) => {
    const { code: exit, stderr } = await run(on(`, mappings: [${MAPPING}]`), words);
    expect(exit).toBe(1);
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
  });
});
