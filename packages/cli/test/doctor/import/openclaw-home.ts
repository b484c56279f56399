/**
 * A made-up installation of OpenClaw, as releases of 2026 leave one.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Texts that must never be told. */
export const SECRETS: readonly string[] = [
  'gateway-token-of-the-old-installation-1',
  '123456:telegram-token-of-the-old-one',
  'sk-variable-in-the-dotenv-file',
  'token-of-the-approval-socket',
  'value-in-the-secret-store',
];

const [TOKEN, BOT, KEY, SOCKET, STORED] = SECRETS;

/** Its config: JSON5 with comments, an include, variables, keys nobody supports here. */
export const CONFIG: string = `// The family's assistant.
{
  gateway: { mode: 'local', port: 18789, auth: { mode: 'token', token: '${TOKEN}' } },
  agents: { $include: './agents.json5' },
  models: { providers: { acme: { baseUrl: 'https://acme.example/v1', apiKey: '\${ACME_KEY}' } } },
  channels: {
    telegram: { botToken: '${BOT}', groups: { '-1001': {} }, /* home */ },
  },
  ui: { seamColor: '#ff0000' },
  skills: { entries: { github: { enabled: false } } },
  meta: { lastTouchedVersion: '2026.9.6' },
}
`;

const AGENTS = `{
  defaults: { model: 'acme/large' },
  entries: { main: { default: true } },
}
`;

const JOBS = [
  {
    id: 'a1',
    name: "what's new",
    enabled: true,
    agentId: 'main',
    schedule: { kind: 'cron', expr: '0 8 * * *', tz: 'Europe/Berlin' },
    sessionTarget: 'isolated',
    payload: { kind: 'agentTurn', message: 'Read the "news"; tell $me' },
    delivery: { mode: 'announce', channel: 'telegram', to: '111' },
  },
  {
    id: 'a2',
    name: 'tea',
    enabled: false,
    schedule: { kind: 'at', at: '2027-01-01T09:00:00.000Z' },
    payload: { kind: 'systemEvent', text: 'Tea' },
  },
  { id: 'a3', name: 'watch', schedule: { kind: 'on-exit' }, payload: { kind: 'script' } },
  {
    id: 'a4',
    name: 'heartbeat-main',
    declarationKey: 'heartbeat:main',
    schedule: { kind: 'every', everyMs: 1_800_000 },
    payload: { kind: 'heartbeat' },
  },
];

const SCHEMA = `
  CREATE TABLE schema_meta (meta_key TEXT PRIMARY KEY, role TEXT, schema_version INTEGER) STRICT;
  CREATE TABLE channel_pairing_allow_entries (channel_key TEXT NOT NULL, account_id TEXT NOT NULL,
    entry TEXT NOT NULL, sort_order INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (channel_key, account_id, entry)) STRICT;
  CREATE TABLE cron_jobs (store_key TEXT NOT NULL, job_id TEXT NOT NULL, name TEXT NOT NULL,
    enabled INTEGER NOT NULL, job_json TEXT NOT NULL, PRIMARY KEY (store_key, job_id)) STRICT;
  CREATE TABLE exec_approvals_config (config_key TEXT PRIMARY KEY, raw_json TEXT NOT NULL) STRICT;
  CREATE TABLE secret_store_entries (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE device_pairing_paired (device_id TEXT PRIMARY KEY, public_key TEXT) STRICT;
`;

function put(root: string, path: string, text: string, mode = 0o600): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
}

/** Makes the database as a gateway that runs leaves it: the newest rows are in the log beside it. */
function makeDatabase(root: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-fixture-'));
  const path = join(folder, 'openclaw.sqlite');
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${SCHEMA}`);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const person = database.prepare(
    'INSERT INTO channel_pairing_allow_entries VALUES (?, ?, ?, 0, 0)',
  );
  person.run('telegram', 'default', '222');
  person.run('telegram', 'default', '*');
  person.run('telegram', 'work', '333');
  const job = database.prepare('INSERT INTO cron_jobs VALUES (?, ?, ?, 1, ?)');
  for (const each of JOBS) job.run('jobs.json', each.id, each.name, JSON.stringify(each));
  database.prepare('INSERT INTO secret_store_entries VALUES (?, ?)').run('X', STORED ?? '');
  database.prepare('INSERT INTO device_pairing_paired VALUES (?, ?)').run('phone', 'key');
  mkdirSync(join(root, 'state'), { recursive: true });
  for (const name of ['openclaw.sqlite', 'openclaw.sqlite-wal']) {
    copyFileSync(join(folder, name), join(root, 'state', name));
  }
  database.close();
  rmSync(folder, { recursive: true });
}

/** Makes an installation in \`root\`. */
export function makeOpenClaw(root: string): void {
  put(root, 'openclaw.json', CONFIG);
  put(root, 'agents.json5', AGENTS, 0o644);
  put(root, '.env', `ACME_KEY=${KEY}\n`);
  put(root, 'credentials/telegram-allowFrom.json', '{"version":1,"allowFrom":["111",222]}');
  put(root, 'credentials/telegram-pairing.json', '{"version":1,"requests":[]}');
  put(
    root,
    'exec-approvals.json',
    JSON.stringify({
      version: 1,
      socket: { path: '/tmp/x.sock', token: SOCKET },
      defaults: { security: 'allowlist' },
      agents: { main: { allowlist: [{ pattern: '/usr/bin/git' }] } },
    }),
  );
  put(root, 'agents/main/sessions/sessions.json', '{}');
  put(root, 'agents/main/agent/openclaw-agent.sqlite', '');
  put(root, 'workspace/AGENTS.md', '# Rules\n', 0o644);
  put(root, 'workspace/memory/today.md', 'Remember the milk.\n', 0o644);
  put(root, 'workspace/tools/run.sh', '#!/bin/sh\n', 0o755);
  symlinkSync('../AGENTS.md', join(root, 'workspace/memory/rules.md'));
  makeDatabase(root);
}

/** Everything of a tree: names, modes, times of change to the nanosecond, contents. */
export function snapshot(root: string): readonly string[] {
  const lines: string[] = [];
  const walk = (path: string): void => {
    const stat = lstatSync(path, { bigint: true });
    const what = stat.isSymbolicLink()
      ? readlinkSync(path)
      : stat.isFile()
        ? createHash('sha256').update(readFileSync(path)).digest('hex')
        : '';
    lines.push(`${path} ${stat.mode} ${stat.mtimeNs} ${stat.ino} ${what}`);
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(path).toSorted()) walk(join(path, name));
  };
  walk(root);
  return lines;
}
