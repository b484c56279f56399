/** For every check that tries something, what triggers it and what does not. Data only. */
import type { PluginCodeFact, TrialName } from '../../../src/audit/index.ts';
import { type Audited, type Trigger, TOKEN, row } from './row.ts';

const PROBE = 'portcullis.probe';
const CODE = 'plugins.code_safety';

const tried = (
  name: TrialName,
  outcome: 'held' | 'open' | 'unclear' | 'not_tried',
  gateway: object = {},
): Audited => ({
  config: { gateway },
  facts: { ...TOKEN, probe: { ok: true, trials: [{ name, outcome, what: 'It was tried' }] } },
});

const opened = (
  check: string,
  severity: Trigger['severity'],
  name: TrialName,
  gateway: object = {},
): Trigger =>
  row(`${PROBE}.${check}`, severity, tried(name, 'open', gateway), tried(name, 'held', gateway));

const code = (more: Partial<PluginCodeFact>): Audited => ({
  facts: {
    pluginCode: [
      { id: 'weather', path: '/x/weather', files: 1, bytes: 1, hits: [], unread: [], ...more },
    ],
  },
});

const hit = (severity: 'critical' | 'warn'): Partial<PluginCodeFact> => ({
  hits: [{ rule: 'runs_text', severity, file: 'index.js', line: 3 }],
});

const steered = (browser: object, executable?: string): Audited => ({
  config: { browser },
  facts: { ...TOKEN, browser: executable === undefined ? {} : { executable } },
});

/** Checks of this part. */
export const attempts: readonly Trigger[] = [
  row(
    'gateway.probe_failed',
    'warn',
    { facts: { probe: { ok: false, error: 'ECONNREFUSED' } } },
    { facts: { probe: { ok: true } } },
  ),
  row(
    'gateway.probe_auth_secretref_unavailable',
    'warn',
    { facts: { probe: { ok: false, secretMissing: true } } },
    { facts: { probe: { ok: false } } },
  ),
  opened('auth_not_enforced', 'critical', 'no_secret'),
  opened('auth_not_enforced', 'critical', 'wrong_secret'),
  opened('auth_not_enforced', 'critical', 'http'),
  opened('origin_not_enforced', 'critical', 'origin'),
  opened('host_not_enforced', 'critical', 'host'),
  opened('guess_limit_not_enforced', 'warn', 'guesses'),
  opened('guess_limit_not_enforced', 'critical', 'guesses', { bind: 'lan' }),
  opened('guess_limit_not_enforced', 'critical', 'guesses', { tailscale: { mode: 'serve' } }),
  opened('guesses_lock_out_owner', 'warn', 'owner_after_guesses'),
  opened('health_tells_too_much', 'warn', 'health'),
  opened('health_tells_too_much', 'critical', 'health', { bind: 'lan' }),
  row(`${PROBE}.unclear`, 'warn', tried('host', 'unclear'), tried('host', 'held')),
  row(`${PROBE}.not_tried`, 'info', tried('guesses', 'not_tried'), tried('guesses', 'open')),
  row(CODE, 'critical', code(hit('critical')), code(hit('warn'))),
  row(CODE, 'warn', code(hit('warn')), code({})),
  row(`${CODE}.entry_escape`, 'critical', code({ escapes: ['../x.js'] }), code({ escapes: [] })),
  row(`${CODE}.entry_path`, 'warn', code({ hidden: ['.x/y.js'] }), code({ hidden: [] })),
  row(`${CODE}.manifest_parse_error`, 'warn', code({ manifestBroken: true }), code({})),
  row(`${CODE}.scan_failed`, 'warn', code({ unread: ['x.node is a program'] }), code({})),
  row(
    'portcullis.browser.no_sandbox',
    'warn',
    steered({ enabled: true, noSandbox: true }, '/usr/bin/chromium'),
    steered({ enabled: false, noSandbox: true }, '/usr/bin/chromium'),
  ),
  row(
    'portcullis.browser.not_found',
    'info',
    steered({ enabled: true }),
    steered({ enabled: true }, '/usr/bin/chromium'),
  ),
];
