/**
 * Code of others: plugins that lie in the state directory.
 *
 * @module
 */
import { type Finding, finding } from './finding.ts';
import { type AuditSubject, type Check, at, textsAt } from './subject.ts';

function allowed({ config }: AuditSubject): readonly string[] {
  return textsAt(config, 'plugins.allow').map((id) => id.trim());
}

function unlisted(subject: AuditSubject): readonly Finding[] {
  const { facts, config } = subject;
  const plugins = facts.plugins ?? [];
  if (plugins.length === 0 || allowed(subject).length > 0) return [];
  const isChatting =
    (facts.configuredAccounts ?? []).length > 0 && at(config, 'commands.nativeSkills') !== false;
  const what = `${plugins.map(({ id }) => id).join(', ')} lie below extensions, and plugins.allow names none of them`;
  return [
    finding('plugins.extensions_no_allowlist', isChatting ? 'critical' : 'warn', {
      what,
      path: 'plugins.allow',
    }),
  ];
}

function phantoms(subject: AuditSubject): readonly Finding[] {
  const { facts } = subject;
  const plugins = facts.plugins ?? [];
  if (plugins.length === 0) return [];
  const known = new Set([...plugins.map(({ id }) => id), ...(facts.knownPlugins ?? [])]);
  const missing = allowed(subject).filter((id) => !known.has(id) && id !== '*');
  if (missing.length === 0) return [];
  const what = `plugins.allow names what is not there: ${missing.join(', ')}`;
  return [finding('plugins.allow_phantom_entries', 'warn', { what, path: 'plugins.allow' })];
}

/** A name no plugin has: whoever has a tool of that name has any tool of any plugin. */
const ANY = 'any-tool-of-any-plugin';

function reachable(subject: AuditSubject): readonly Finding[] {
  const { facts, config, contexts } = subject;
  const plugins = (facts.plugins ?? []).filter(
    ({ id }) => at(config, `plugins.entries.${id}.enabled`) !== false,
  );
  if (plugins.length === 0) return [];
  const ids = new Set([ANY, 'group:plugins', ...plugins.map(({ id }) => id)]);
  const open = contexts.filter(({ setting }) => {
    const profile = setting('profile');
    const listed = [setting('allow'), setting('alsoAllow')].flatMap((list) =>
      Array.isArray(list) ? (list as readonly unknown[]) : [],
    );
    return (
      listed.some((name) => typeof name === 'string' && (name === '*' || ids.has(name))) ||
      (profile === 'full' && setting('allow') === undefined)
    );
  });
  if (open.length === 0) return [];
  const what = `Tools of plugins are there for ${open.map(({ name }) => name).join(', ')}`;
  return [
    finding('plugins.tools_reachable_permissive_policy', 'warn', {
      what,
      path: `${open[0]?.path ?? 'tools'}.profile`,
    }),
  ];
}

/** Code of others. */
export const pluginChecks: readonly Check[] = [unlisted, phantoms, reachable];
