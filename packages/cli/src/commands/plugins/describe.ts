/**
 * A plugin of others in words: what it brings, where it came from, and what it may do.
 *
 * @module
 */
import type { PluginCodeFact } from '@portcullis/policy/audit';

import type { Invocation } from '../../command.ts';
import type { FoundPlugin } from '../../plugins/examine.ts';
import { readPluginCode } from '../../security/deep/plugin-code.ts';
import { type Piece, styled } from '../../terminal/style.ts';

const SCAN_MS = 20_000;
const MOST_HITS = 20;

/** What somebody should know who is about to run code of others. */
export const RIGHTS =
  'It runs inside the gateway with every right the gateway has: files, secrets, network. Nothing confines it.';

/** What its code looks like, to rules that know suspicious code. */
export async function scanPlugin(
  { context: { signal } }: Pick<Invocation, 'context'>,
  { id, root }: FoundPlugin,
): Promise<PluginCodeFact> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(SCAN_MS)]);
  return await readPluginCode({ id, path: root }, until);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function came({ record }: FoundPlugin): readonly (readonly Piece[])[] {
  if (record === undefined) return [['Source', 'a folder of plugins.load.paths']];
  const { source, registryIntegrity, publisher, attestation, installedAt, installedBy } = record;
  return [
    ['Source', `${source.kind}: ${source.asked}`],
    ['Registry', registryIntegrity === null ? 'none vouches for it' : registryIntegrity],
    ['Publisher', publisher ?? 'not stated'],
    ['Attestation', attestation ?? 'none'],
    ['Installed', `${installedAt} by ${installedBy}`],
    ['Needs', list(record.needs.map(({ name, version }) => `${name}@${version}`))],
  ];
}

/** Rows of a table about a plugin. */
export function describePlugin(found: FoundPlugin): readonly (readonly Piece[])[] {
  const { manifest, tree, root } = found;
  return [
    ['Package', `${manifest.name} ${manifest.version}`],
    ['Channels', list(manifest.channels)],
    ['Tools', list(manifest.tools)],
    ['Audit checks', list(manifest.auditChecks)],
    ...came(found),
    ['Files', `${String(tree.files.size)}, ${String(tree.bytes)} bytes, in ${root}`],
    ['Integrity', tree.integrity],
    ['Rights', RIGHTS],
  ];
}

/** Prints what the rules found in its code. */
export function printScan({ out }: Pick<Invocation, 'out'>, scan: PluginCodeFact): void {
  const { hits, unread, files } = scan;
  const shown = hits.slice(0, MOST_HITS);
  out.line(`Code scan: ${String(files)} files, ${String(hits.length)} findings.`);
  for (const { file, severity, rule } of shown) {
    out.line(
      '  ',
      styled(severity === 'critical' ? 'red' : 'yellow', severity),
      `  ${rule}  ${file}`,
    );
  }
  if (hits.length > shown.length) out.line(`  and ${String(hits.length - shown.length)} more`);
  for (const text of unread.slice(0, MOST_HITS)) out.line(`  not read: ${text}`);
}
