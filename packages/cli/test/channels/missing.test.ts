/**
 * Networks whose packages are not installed.
 */
import { expect, test, vi } from 'vitest';

import { Home } from '../call.ts';
import { GATEWAY, run } from '../local.ts';

/** Whatever is installed beside the tests, here nothing is. */
vi.mock('../../src/compose/packages.ts', async (original) => ({
  ...(await original<typeof import('../../src/compose/packages.ts')>()),
  hasChannel: () => false,
}));

test.each([
  ['telegram', 'Telegram'],
  ['discord', 'Discord'],
  ['slack', 'Slack'],
  ['whatsapp', 'WhatsApp'],
])('adding %s is answered with the one command that installs it', async (id, label) => {
  const home = new Home().write(`{ ${GATEWAY} }`);
  const { code, stderr } = await run(home, `channels add ${id}`);
  expect(code).toBe(1);
  expect(stderr).toBe(
    `Error: The package for ${label} is not installed. [channel.not_installed]\n  Install it with: npm install --ignore-scripts --prefix ${home.path}/.openclaw/plugins @portcullis/channels-${id}\n`,
  );
});

test('the list names it once for each network that is set up', async () => {
  const home = new Home().write(`{ ${GATEWAY}, channels: { slack: {}, whatsapp: {} } }`);
  const { stderr } = await run(home, 'channels list');
  expect(stderr.match(/npm install .*/gu)).toHaveLength(2);
});
