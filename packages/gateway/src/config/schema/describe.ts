/**
 * Writes the config reference out of the schema table. Promises: pure; the same table gives the
 * same text.
 *
 * @module
 */
import { TABLED_CHANNELS, commonChannelKeys } from './channel-keys.ts';
import { type KeySpec, describeType } from './key-spec.ts';
import { schemaRows } from './key-tree.ts';

const SECTIONS: readonly (readonly [string, string])[] = [
  ['gateway', 'Where the gateway listens and who may connect.'],
  ['session', 'Who shares a conversation with whom.'],
  [
    'tools',
    'What the agent may do. An agent has the same keys below `agents.entries.<id>.tools`, but for `loopDetection`, `timeoutSeconds` and `timeouts`; they replace or tighten these.',
  ],
  ['browser', 'The browser tool.'],
  [
    'agents',
    'Who answers. `agents.list` is the older form of `agents.entries`, with the same keys and an `id`.',
  ],
  ['bindings', 'Which agent answers where.'],
  [
    'channels',
    'The chat networks. An account below `accounts.<id>` has the keys of its channel and overrides them.',
  ],
  ['commands', 'Commands in chats.'],
  ['messages', 'Messages in rooms.'],
  ['accessGroups', 'Named groups of people.'],
  ['pairing', 'Letting in strangers.'],
  ['execApprovals', 'Who answers approval questions.'],
  ['flow', 'Keeping private data from leaving with untrusted content.'],
  ['budgets', 'Limits per time.'],
  ['models', 'Model servers.'],
  ['secrets', 'Where secrets are kept.'],
  ['env', 'Variables for the config.'],
  ['store', 'Where state is kept.'],
  ['logging', 'Logs and the audit journal.'],
  ['diagnostics', 'Traces for OpenTelemetry.'],
  ['hooks', 'Webhooks.'],
  ['cron', 'Scheduled jobs.'],
  ['plugins', 'Packages of others.'],
  ['mcp', 'MCP servers.'],
];

const INTRO = `# Config reference

\`openclaw.json\` is JSON5. A key nobody knows is an error, so that a typo never drops a restriction.
A key that OpenClaw has and this version does not use is accepted with a warning; such keys are not
listed here. \`*\` in a path stands for a name of your choice, \`[]\` for an element of a list.
`;

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function cells(spec: KeySpec): readonly string[] {
  const preset = spec.default === undefined ? '' : `\`${JSON.stringify(spec.default)}\``;
  return [`\`${spec.path}\``, describeType(spec.type), preset, spec.help].map(cell);
}

/** A table with aligned columns, as the formatter of this repository writes it. */
function table(specs: readonly KeySpec[]): string {
  const rows = [
    ['Key', 'Type', 'Default', 'Meaning'],
    ...specs.filter((spec) => spec.status !== 'known').map(cells),
  ];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  const [head = [], ...body] = rows;
  return [head, rule, ...body]
    .map((row) => `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`)
    .join('\n');
}

function isIn(spec: KeySpec, prefix: string): boolean {
  return (
    spec.path === prefix || spec.path.startsWith(`${prefix}.`) || spec.path.startsWith(`${prefix}[`)
  );
}

/** Rows that only repeat others under another prefix. */
function isRepeated(spec: KeySpec): boolean {
  return /^agents\.list\[\]\.(?!id$)|^agents\.entries\.\*\.tools\.|^channels\.[^.]+\.accounts\.\*\./u.test(
    spec.path,
  );
}

function channelTables(): string {
  const placeholder = 'channels.<channel>';
  const common = commonChannelKeys(placeholder);
  const parts = [`### Every channel\n\n${table(common)}`];
  const defaults = schemaRows.filter((spec) => isIn(spec, 'channels.defaults'));
  parts.push(`### Defaults for all\n\n${table(defaults)}`);
  for (const id of TABLED_CHANNELS) {
    const repeated = new Set(
      common.map((spec) => spec.path.replace(placeholder, `channels.${id}`)),
    );
    const own = schemaRows.filter(
      (spec) => isIn(spec, `channels.${id}`) && !repeated.has(spec.path) && !isRepeated(spec),
    );
    parts.push(`### ${id}\n\n${table(own)}`);
  }
  return parts.join('\n\n');
}

function section([name, help]: readonly [string, string]): string {
  const rows = schemaRows.filter((spec) => isIn(spec, name) && !isRepeated(spec));
  return `## ${name}\n\n${help}\n\n${name === 'channels' ? channelTables() : table(rows)}`;
}

/** The text of `docs/reference/config.md`. */
export function describeConfig(): string {
  return `${[INTRO.trimEnd(), ...SECTIONS.map(section)].join('\n\n')}\n`;
}
