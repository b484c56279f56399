/**
 * What checks look at: the config, the facts, and what follows from both.
 *
 * @module
 */
import { compileConfig } from '../config/compile.ts';
import { type JsonObject, isObject, own } from '../setting.ts';
import type { AuditFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { type Openness, opennessOf } from './openness.ts';
import { type ToolContext, toolContextsOf } from './tool-contexts.ts';

/** One check, or several that look at the same thing. Pure. */
export type Check = (subject: AuditSubject) => readonly Finding[];

/** An audited config. */
export interface AuditSubject {
  readonly config: unknown;
  readonly facts: AuditFacts;
  /** The gateway listens beyond this machine. */
  readonly isExposed: boolean;
  /** It is reached from elsewhere in some way: exposed, or published by Tailscale. */
  readonly isRemote: boolean;
  readonly openness: Openness;
  /** The settings tools are decided by: the defaults, and each agent. */
  readonly contexts: readonly ToolContext[];
}

/** The value at a dotted path, own properties only; undefined where there is none. */
export function at(root: unknown, path: string): unknown {
  let value = root;
  for (const key of path.split('.')) value = own(value, key);
  return value;
}

/** The members of an object, with their names; none of anything else. */
export function entriesAt(root: unknown, path: string): readonly (readonly [string, unknown])[] {
  const value = path === '' ? root : at(root, path);
  return isObject(value) ? Object.entries(value) : [];
}

/** The texts of a list; numbers as their digits. */
export function textsAt(root: unknown, path: string): readonly string[] {
  const value = at(root, path);
  if (!Array.isArray(value)) return [];
  const items: readonly unknown[] = value;
  return items.flatMap((item) =>
    typeof item === 'string' ? [item] : typeof item === 'number' ? [String(item)] : [],
  );
}

/** True when something stands at the path. */
export function isSet(root: unknown, path: string): boolean {
  return at(root, path) !== undefined;
}

const LOOPBACK: ReadonlySet<unknown> = new Set([
  undefined,
  'loopback',
  '127.0.0.1',
  '::1',
  'localhost',
]);

/** The agents of a config, with their settings. */
export function agentsOf(config: unknown): readonly (readonly [string, JsonObject])[] {
  return entriesAt(config, 'agents.entries').flatMap(([id, agent]) =>
    isObject(agent) ? [[id, agent] as const] : [],
  );
}

/** Works out what checks look at. Total: what cannot be read counts as not set. */
export function subjectOf(config: unknown, facts: AuditFacts): AuditSubject {
  const root = compileConfig(config).root ?? {};
  const isExposed = !LOOPBACK.has(at(root, 'gateway.bind'));
  const tailscale = at(root, 'gateway.tailscale.mode');
  return {
    config: root,
    facts,
    isExposed,
    isRemote: isExposed || tailscale === 'serve' || tailscale === 'funnel',
    openness: opennessOf(root),
    contexts: toolContextsOf(root),
  };
}
