import { expect, test } from 'vitest';
import { describeConfig, schemaRows } from '@portcullis/gateway/config';

// When this is red, run it with -u: the page follows the schema.
test('docs/reference/config.md is what the schema says', async () => {
  const page = new URL('../../../../docs/reference/config.md', import.meta.url).pathname;
  await expect(describeConfig()).toMatchFileSnapshot(page);
});

test('no key is listed twice, and each says what it is for', () => {
  const paths = schemaRows.map((row) => row.path);
  expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
  expect(schemaRows.filter((row) => row.help.length < 5).map((row) => row.path)).toEqual([]);
});

test('the stricter defaults are these', () => {
  const defaults = new Map(schemaRows.map((row) => [row.path, row.default]));
  const strict = [
    'gateway.bind',
    'gateway.auth.rateLimit.exemptLoopback',
    'gateway.nodes.pairing.autoApproveLocal',
    'tools.fs.workspaceOnly',
    'tools.exec.security',
    'tools.exec.ask',
    'tools.exec.strictInlineEval',
    'tools.elevated.enabled',
    'tools.sessions.visibility',
    'tools.agentToAgent.enabled',
    'agents.defaults.sandbox.backend',
    'channels.whatsapp.selfChatMode',
    'discovery.mdns.mode',
    'flow.mode',
    'pairing.maxPending',
  ];
  expect(strict.map((path) => [path, defaults.get(path)])).toEqual([
    ['gateway.bind', 'loopback'],
    ['gateway.auth.rateLimit.exemptLoopback', false],
    ['gateway.nodes.pairing.autoApproveLocal', false],
    ['tools.fs.workspaceOnly', true],
    ['tools.exec.security', 'deny'],
    ['tools.exec.ask', 'always'],
    ['tools.exec.strictInlineEval', true],
    ['tools.elevated.enabled', false],
    ['tools.sessions.visibility', 'tree'],
    ['tools.agentToAgent.enabled', false],
    ['agents.defaults.sandbox.backend', 'bubblewrap'],
    ['channels.whatsapp.selfChatMode', false],
    ['discovery.mdns.mode', 'off'],
    ['flow.mode', 'enforce'],
    ['pairing.maxPending', 3],
  ]);
});
