/**
 * The advice people already follow to harden OpenClaw, word for word: its configurations start here,
 * its commands work, and each of its remedies removes the finding it is for.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Finished } from '../openclaw.ts';
import { type Reader, createReader } from './reader.ts';

const BASELINE = `{
"gateway": {
"mode": "local",
"bind": "loopback",
"auth": { "mode": "token", "token": "replace-with-long-random-token" }
},
"session": {
"dmScope": "per-channel-peer"
},
"tools": {
"profile": "messaging",
"deny": ["group:automation", "group:runtime", "group:fs", "sessions_spawn", "sessions_send"],
"fs": { "workspaceOnly": true },
"exec": { "security": "deny", "ask": "always" },
"elevated": { "enabled": false }
},
"channels": {
"whatsapp": { "dmPolicy": "pairing", "groups": { "*": { "requireMention": true } } }
}
}
`;

let reader: Reader;

beforeEach(async () => {
  reader = await createReader();
});

afterEach(() => reader.close());

/** Runs a line that must end well. */
async function well(line: string): Promise<Finished> {
  const finished = await reader.run(line);
  expect(finished, line).toMatchObject({ code: 0 });
  return finished;
}

interface Explained {
  readonly decision: { readonly effect: string; readonly code: string };
}

async function explained(what: string): Promise<Explained['decision']> {
  const { stdout } = await reader.run(`openclaw policy explain ${what} --json`);
  return (JSON.parse(stdout) as Explained).decision;
}

interface Report {
  readonly findings: readonly { readonly checkId: string; readonly severity: string }[];
}

async function severityOf(checkId: string): Promise<string | undefined> {
  const { stdout } = await well('openclaw security audit --json');
  return (JSON.parse(stdout) as Report).findings.find((finding) => finding.checkId === checkId)
    ?.severity;
}

describe('the baseline', () => {
  beforeEach(() => reader.write(BASELINE));

  test('is valid, starts, and the published token lets nobody in', async () => {
    await well('openclaw config validate');
    const gateway = await reader.start();
    const answer = await fetch(`${gateway.url}tools/invoke`, {
      method: 'POST',
      headers: { authorization: 'Bearer replace-with-long-random-token' },
      body: '{}',
    });
    expect(answer.status).toBe(401);
    await well('openclaw status');
  });

  test('has a stranger ask for pairing, and nobody run a command', async () => {
    expect(await explained('whatsapp +4915112345678')).toMatchObject({ effect: 'pair' });
    for (const what of ["--exec 'rm -rf ~'", '--tool write', '--tool sessions_spawn']) {
      expect(await explained(`whatsapp +4915112345678 --paired ${what}`), what).toMatchObject({
        effect: 'deny',
      });
    }
  });

  test('listens in a group only when it is addressed', async () => {
    const group = 'whatsapp +4915112345678 --group 120363000000000000@g.us';
    expect(await explained(group)).toMatchObject({ effect: 'allow' });
    expect(await explained(`${group} --unaddressed`)).toMatchObject({ effect: 'ignore' });
  });

  test('has its pairing commands', async () => {
    await well('openclaw pairing list whatsapp');
    const refused = await reader.run('openclaw pairing approve whatsapp ABC123');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('[pairing.unknown_code]');
  });

  test('is audited in every way it names', async () => {
    chmodSync(join(reader.home, '.openclaw'), 0o755);
    await reader.start();
    await well('openclaw security audit');
    await well('openclaw security audit --deep');
    expect(await severityOf('fs.state_dir.perms_readable')).toBe('warn');
    await well('openclaw security audit --fix --yes');
    expect(await severityOf('fs.state_dir.perms_readable')).toBe(undefined);
    await well('openclaw security audit --json');
  });
});

test('a list of groups admits those and no other', async () => {
  reader.write(`{
"channels": {
"telegram": {
"groups": {
"allowlist": ["-1001234567890", "-1009876543210"]
}
}
}
}`);
  await well('openclaw config validate');
  const codes = await Promise.all(
    ['-1001234567890', '-1009876543210', '-1005555555555'].map(
      async (group) => (await explained(`telegram 4242 --group ${group}`)).code,
    ),
  );
  expect(codes[0]).toBe(codes[1]);
  expect(codes[0]).not.toBe('group.not_allowlisted');
  expect(codes[2]).toBe('group.not_allowlisted');
});

test('conversations are separated by channel and sender', async () => {
  reader.write('{\n"session": {\n"dmScope": "per-channel-peer"\n}\n}');
  await well('openclaw config validate');
  await reader.start();
});

test('tailscale serve is understood', async () => {
  reader.write('{\n"gateway": {\n"tailscale": {\n"mode": "serve"\n}\n}\n}');
  await well('openclaw config validate');
});

test('tunnels and firewalls are called as it says', async () => {
  const lines = [
    'ssh -R 18789:localhost:18789 user@your-laptop',
    'sudo ufw allow from 192.168.1.0/24 to any port 18789',
  ];
  for (const line of lines) await well(line);
  expect(reader.called()).toEqual(lines);
});

const EXPOSED = "bind: 'lan', auth: { mode: 'token', token: '${OPENCLAW_GATEWAY_TOKEN}' }";
const STRANGERS = "dmPolicy: 'disabled', groupPolicy: 'open'";
const ELEVATED = "tools: { elevated: { enabled: true, allowFrom: { telegram: ['4242'] } } }";

describe.each([
  {
    checkId: 'gateway.bind_no_auth',
    severity: 'critical',
    trigger: "{ gateway: { bind: 'lan', auth: { mode: 'none' } } }",
    remedies: [
      `{ gateway: { ${EXPOSED} } }`,
      "{ gateway: { bind: 'loopback', auth: { mode: 'none' } } }",
    ],
  },
  {
    checkId: 'gateway.tailscale_funnel',
    severity: 'critical',
    trigger: "{ gateway: { tailscale: { mode: 'funnel' } } }",
    remedies: [
      "{ gateway: { tailscale: { mode: 'serve' } } }",
      "{ gateway: { tailscale: { mode: 'off' } } }",
    ],
  },
  {
    checkId: 'gateway.control_ui.allowed_origins_required',
    severity: 'critical',
    trigger: `{ gateway: { ${EXPOSED} } }`,
    remedies: [
      `{ gateway: { ${EXPOSED}, controlUi: { allowedOrigins: ['https://gate.local'] } } }`,
      "{ gateway: { bind: 'loopback' } }",
    ],
  },
  {
    checkId: 'security.exposure.open_groups_with_elevated',
    severity: 'critical',
    trigger: `{ channels: { telegram: { ${STRANGERS}, groups: { '*': { requireMention: false } } } }, ${ELEVATED} }`,
    remedies: [
      `{ channels: { telegram: { groups: { allowlist: ['-1001234567890'] } } }, ${ELEVATED} }`,
    ],
    lowered: `{ channels: { telegram: { ${STRANGERS}, groups: { '*': { requireMention: true } } } }, ${ELEVATED} }`,
  },
  {
    checkId: 'discovery.mdns_full_mode',
    severity: 'warn',
    trigger: "{ discovery: { mdns: { mode: 'full' } } }",
    remedies: ["{ discovery: { mdns: { mode: 'minimal' } } }"],
  },
  {
    checkId: 'tools.exec.host_sandbox_no_sandbox_defaults',
    severity: 'warn',
    trigger: "{ tools: { exec: { host: 'sandbox' } } }",
    remedies: [
      "{ tools: { exec: { host: 'sandbox' } }, agents: { defaults: { sandbox: { mode: 'enabled' } } } }",
    ],
  },
])('$checkId', ({ checkId, severity, trigger, remedies, lowered }) => {
  test('is found, and gone with each remedy', async () => {
    reader.write(trigger);
    expect(await severityOf(checkId)).toBe(severity);
    for (const remedy of remedies) {
      reader.write(remedy);
      expect(await severityOf(checkId), remedy).toBe(undefined);
    }
    if (lowered === undefined) return;
    reader.write(lowered);
    expect(await severityOf(checkId)).toBe('warn');
  });
});

test('fs.config.perms_world_readable is found, and gone with chmod 600', async () => {
  reader.write('{}');
  chmodSync(join(reader.home, '.openclaw/openclaw.json'), 0o644);
  expect(await severityOf('fs.config.perms_world_readable')).toBe('critical');
  await well('chmod 600 ~/.openclaw/openclaw.json');
  expect(await severityOf('fs.config.perms_world_readable')).toBe(undefined);
});
