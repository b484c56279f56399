/**
 * Models that follow instructions they should not, by what is known of their names; plugins; the
 * browser; secrets in the config.
 *
 * @module
 */
import { own } from '../setting.ts';
import { type Finding, finding } from './finding.ts';
import { type AuditSubject, type Check, agentsOf, at } from './subject.ts';
import type { ToolContext } from './tool-contexts.ts';

/** A model somebody chose. */
interface Choice {
  readonly id: string;
  readonly path: string;
  readonly agentId: string | undefined;
  readonly isImage: boolean;
}

function idsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  const primary = own(value, 'primary');
  const fallbacks = own(value, 'fallbacks');
  const rest = Array.isArray(fallbacks) ? (fallbacks as readonly unknown[]) : [];
  return [primary, ...rest].filter((id) => typeof id === 'string');
}

function choices({ config }: AuditSubject): readonly Choice[] {
  const places: readonly (readonly [string, string | undefined, boolean])[] = [
    ['agents.defaults.model', undefined, false],
    ['agents.defaults.imageModel', undefined, true],
    ...agentsOf(config).map(([id]) => [`agents.entries.${id}.model`, id, false] as const),
  ];
  return places.flatMap(([path, agentId, isImage]) =>
    idsOf(at(config, path)).map((id) => ({ id, path, agentId, isImage })),
  );
}

const LEGACY = /gpt-3\.5|claude-instant|claude-2(?![0-9])|gpt-4-0314|gpt-4-0613/i;

/** Models below the tier that holds against injected instructions. */
function isWeak(id: string): boolean {
  const name = id.toLowerCase();
  if (/haiku/.test(name)) return true;
  if (/(?:^|[/:])gpt-/.test(name)) return !/(?:^|[/:])gpt-5(?![0-9])/.test(name);
  if (!/claude/.test(name)) return false;
  const version = /claude-(?:[a-z]+-)?(\d{1,2})(?:[.-](\d{1,2}))?(?![0-9])/.exec(name);
  if (version === null) return false;
  const [, major = '0', minor = '0'] = version;
  return Number(major) < 4 || (Number(major) === 4 && Number(minor) < 5);
}

/** Billions of parameters named in an id: the largest `<n>b`. */
function billions(id: string): number | undefined {
  const sizes = [...id.toLowerCase().matchAll(/(?<![a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])/g)];
  return sizes.length === 0 ? undefined : Math.max(...sizes.map(([, size]) => Number(size)));
}

const SMALL = 300;
const WEB = ['web_search', 'web_fetch', 'browser'];

function webOf(context: ToolContext, subject: AuditSubject): readonly string[] {
  const { config, facts } = subject;
  const isOn = (tool: string): boolean => {
    if (tool === 'web_search') {
      return at(config, 'tools.web.search.enabled') === true || facts.hasSearchKey === true;
    }
    const path = tool === 'browser' ? 'browser.enabled' : 'tools.web.fetch.enabled';
    return at(config, path) !== false;
  };
  return WEB.filter((tool) => isOn(tool) && context.has(tool));
}

function old(subject: AuditSubject): readonly Finding[] {
  return choices(subject).flatMap(({ id, path }) => {
    const what = `${path} names ${id}`;
    return [
      ...(LEGACY.test(id) ? [finding('models.legacy', 'warn', { what, path })] : []),
      ...(isWeak(id) ? [finding('models.weak_tier', 'warn', { what, path })] : []),
    ];
  });
}

function small(subject: AuditSubject): readonly Finding[] {
  const { contexts } = subject;
  const found = choices(subject).flatMap(({ id, path, agentId, isImage }) => {
    const size = billions(id);
    if (isImage || size === undefined || size > SMALL) return [];
    const users = contexts.filter(
      (context) => agentId === undefined || context.agentId === agentId,
    );
    const web = [...new Set(users.flatMap((context) => webOf(context, subject)))];
    return [{ id, path, web }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const web = [...new Set(found.flatMap((each) => each.web))];
  const models = [...new Set(found.map(({ id }) => id))].join(', ');
  const what =
    web.length === 0
      ? `${models}: a small model`
      : `${models}: a small model reads what strangers wrote, by ${web.join(', ')}`;
  return [
    finding('models.small_params', web.length === 0 ? 'info' : 'critical', {
      what,
      path: first.path,
    }),
  ];
}

/** What is known of the models. */
export const modelChecks: readonly Check[] = [old, small];
