/**
 * What this gateway has that others of its family lack, and what switching it off means.
 *
 * @module
 */
import { compilePattern } from '../pattern/pattern.ts';
import { type Finding, finding } from './finding.ts';
import { type AuditSubject, type Check, agentsOf, at, entriesAt, textsAt } from './subject.ts';

function flow({ config }: AuditSubject): readonly Finding[] {
  const mode = at(config, 'flow.mode');
  if (mode !== 'off' && mode !== 'warn') return [];
  const what = `flow.mode is "${mode}"`;
  const severity = mode === 'off' ? 'critical' : 'warn';
  return [finding('portcullis.flow.not_enforced', severity, { what, path: 'flow.mode' })];
}

/** Models that cost money: those of a provider with an address elsewhere. */
function paidProviders({ config }: AuditSubject): readonly string[] {
  return entriesAt(config, 'models.providers')
    .filter(([, provider]) => {
      const url = at(provider, 'baseUrl');
      return typeof url === 'string' && !/^https?:\/\/(?:127\.|localhost|\[::1\])/i.test(url);
    })
    .map(([name]) => name);
}

function budgets(subject: AuditSubject): readonly Finding[] {
  const providers = paidProviders(subject);
  const isLimited = entriesAt(subject.config, 'budgets').some(
    ([, scope]) => entriesAt(scope, '').length > 0,
  );
  if (providers.length === 0 || isLimited) return [];
  const what = `No budget limits what ${providers.join(', ')} may be asked for`;
  return [finding('portcullis.budgets.unset', 'info', { what, path: 'budgets' })];
}

function patterns({ config }: AuditSubject): readonly Finding[] {
  const paths = [
    'messages.groupChat.mentionPatterns',
    ...agentsOf(config).map(([id]) => `agents.entries.${id}.groupChat.mentionPatterns`),
    'logging.redactPatterns',
  ];
  return paths.flatMap((path) => {
    const broken = textsAt(config, path).filter((source) => compilePattern(source) === undefined);
    if (broken.length === 0) return [];
    const what = `These patterns of ${path} are outside the pattern language and never match: ${broken.join(', ')}`;
    return [finding('portcullis.config.pattern_never_matches', 'warn', { what, path })];
  });
}

/** What is ours. */
export const ownChecks: readonly Check[] = [flow, budgets, patterns];
