/**
 * The reference lists the checks there are. `vitest run --project policy -u` writes it anew.
 */
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { CHECK_IDS, SEVERITIES, wordingOf } from '../../src/audit/index.ts';
import { TRIGGERS } from './triggers/index.ts';

/** Groups in the order of the page, each with what ids of it begin with. The first that fits counts. */
const GROUPS: readonly (readonly [title: string, ...beginnings: string[]])[] = [
  ['Secrets', 'config.secrets.'],
  ['Summary', 'summary.', 'security.audit.'],
  ['Inbound access', 'channels.', 'security.', 'config.agent_roster', 'portcullis.exposure.'],
  [
    'Tool blast radius',
    'tools.',
    'sandbox.',
    'mcp.',
    'config.insecure',
    'portcullis.sandbox.',
    'portcullis.flow.',
    'portcullis.budgets.',
    'portcullis.config.',
  ],
  ['Network exposure', 'gateway.', 'discovery.', 'portcullis.gateway.', 'portcullis.probe.'],
  ['Webhooks', 'hooks.'],
  ['Browser control', 'browser.', 'portcullis.browser.'],
  ['Filesystem hygiene', 'fs.', 'portcullis.fs.'],
  ['Plugins', 'plugins.'],
  ['Model hygiene', 'models.'],
  ['This gateway', 'portcullis.'],
];

function groupOf(id: string): string | undefined {
  return GROUPS.find(([, ...beginnings]) => beginnings.some((each) => id.startsWith(each)))?.[0];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<');
}

/** How bad it can be, by the cases that trigger it. */
function severitiesOf(id: string): string {
  if (id === 'summary.attack_surface') return 'info';
  // Made where checks of plugins are run: offered.test.ts.
  if (id === 'plugins.<id>.security_audit_failed') return 'warn';
  const found = new Set(TRIGGERS.filter(({ check }) => check === id).map((row) => row.severity));
  return SEVERITIES.filter((severity) => found.has(severity)).join(', ');
}

function rowOf(id: string): readonly string[] {
  const { title, harm, remedy } = wordingOf(id);
  return [`\`${id}\``, severitiesOf(id), cell(`${title}. ${harm}`).trim(), cell(remedy)];
}

/** A table with columns of one width, as the formatter leaves it. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_head, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  const [head = [], ...body] = lines;
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`);
}

function page(): string {
  const sections = GROUPS.flatMap(([title]) => {
    const ids = CHECK_IDS.filter((id) => groupOf(id) === title).toSorted();
    if (ids.length === 0) return [];
    const head = ['Check', 'Severity', 'What is wrong', 'What mends it'];
    return [`## ${title}`, '', ...table([head, ...ids.map(rowOf)]), ''];
  });
  return [
    '# Checks of the audit',
    '',
    'Every check of `openclaw security audit`. Ids are stable: they are what suppressions, dashboards and scripts go by. `<c>` and `<p>` stand for the name of a channel, `<id>` for that of a plugin, and `<key>` for the key the finding is about. Where a check has several severities, the finding is worse where others reach the gateway or strangers reach the agent. Checks of `portcullis.probe.*` and `plugins.code_safety*`, and `gateway.probe_*`, are made with `--deep`. How to use it: [Audit a setup](../how-to/audit.md).',
    '',
    ...sections,
  ].join('\n');
}

test('docs/reference/audit.md is up to date', async () => {
  const file = join(import.meta.dirname, '../../../../docs/reference/audit.md');
  await expect(page()).toMatchFileSnapshot(file);
});

test('every check is in a group, and says how bad it is', () => {
  expect(CHECK_IDS.filter((id) => groupOf(id) === undefined)).toEqual([]);
  expect(CHECK_IDS.filter((id) => severitiesOf(id) === '')).toEqual([]);
});
