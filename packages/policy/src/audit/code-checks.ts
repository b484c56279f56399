/**
 * What the code of plugins looks like.
 *
 * @module
 */
import { type Finding, finding } from './finding.ts';
import type { AuditSubject, Check } from './subject.ts';
import type { PluginCodeFact, PluginCodeHit } from './tried/facts.ts';
import { CODE_RULES } from './tried/scan-code.ts';

/** Places that are named in a finding; the report lists all. */
const NAMED = 8;

function sentence({ file, line, rule }: PluginCodeHit): string {
  return `${file}:${String(line)} ${CODE_RULES[rule]}`;
}

function listed(all: readonly string[]): string {
  const more = all.length > NAMED ? `, and ${String(all.length - NAMED)} more` : '';
  return `${all.slice(0, NAMED).join('; ')}${more}`;
}

function plugin(code: PluginCodeFact): readonly Finding[] {
  const { id, path, hits, unread, manifestBroken, escapes = [], hidden = [] } = code;
  const found: Finding[] = [];
  if (hits.length > 0) {
    const isBad = hits.some(({ severity }) => severity === 'critical');
    const worst = hits.toSorted((left, right) => left.severity.localeCompare(right.severity));
    const what = `${id}: ${listed(worst.map(sentence))}`;
    found.push(finding('plugins.code_safety', isBad ? 'critical' : 'warn', { what, path }));
  }
  const manifest = `${path}/package.json`;
  if (escapes.length > 0) {
    const what = `${id} names code outside its own folder: ${listed(escapes)}`;
    found.push(finding('plugins.code_safety.entry_escape', 'critical', { what, path: manifest }));
  }
  if (hidden.length > 0) {
    const what = `${id} names code where nobody looks: ${listed(hidden)}`;
    found.push(finding('plugins.code_safety.entry_path', 'warn', { what, path: manifest }));
  }
  if (manifestBroken === true) {
    const what = `The package.json of ${id} is no JSON object`;
    found.push(
      finding('plugins.code_safety.manifest_parse_error', 'warn', { what, path: manifest }),
    );
  }
  if (unread.length > 0) {
    const what = `${id}: ${listed(unread)}`;
    found.push(finding('plugins.code_safety.scan_failed', 'warn', { what, path }));
  }
  return found;
}

function codeOf({ facts }: AuditSubject): readonly Finding[] {
  return (facts.pluginCode ?? []).flatMap(plugin);
}

/** The code of plugins. */
export const codeChecks: readonly Check[] = [codeOf];
