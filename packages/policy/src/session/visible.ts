/**
 * Which sessions the session tools may show to a session.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { byDefault, readId, rootSection, within } from '../config/shape.ts';
import { InvalidSetting, asChoice, asFlag, asTexts, own } from '../setting.ts';
import { verdict } from './reasons.ts';

const VISIBILITIES = ['self', 'tree', 'agent', 'all'] as const;

/** The session that asks and the one it asks about. */
export interface SessionVisibleInput {
  readonly self: {
    readonly agentId: string;
    readonly key: string;
    readonly sandboxed?: boolean;
  };
  readonly target: {
    readonly agentId: string;
    readonly key: string;
    /** Keys of the sessions that spawned the target, at any depth. */
    readonly ancestors?: readonly string[];
  };
}

/**
 * `self` sees itself, `tree` (default) also what it spawned, `agent` every session of its agent,
 * `all` those of other agents too where both agents are listed. A sandboxed session never sees
 * more than its tree.
 */
export function decideVisible(config: CompiledConfig, input: unknown): Decision {
  const self = readSession(own(input, 'self'), 'input.self');
  const target = readSession(own(input, 'target'), 'input.target');
  const setting = within(rootSection(config), 'tools', 'sessions', 'visibility');
  const configured = asChoice(setting, VISIBILITIES) ?? 'tree';
  const sandboxed = own(own(input, 'self'), 'sandboxed');
  const clamped = sandboxed !== undefined && sandboxed !== false && configured !== 'self';
  const visibility = clamped ? 'tree' : configured;
  const path = setting.value === undefined ? byDefault(setting.path) : setting.path;
  if (self.agentId !== target.agentId) {
    if (visibility !== 'all') return verdict.deny('session.not_visible', path);
    return mayCross(config, self.agentId, target.agentId)
      ? verdict.allow('session.visible', 'tools.agentToAgent')
      : verdict.deny('session.agent_to_agent.disabled', 'tools.agentToAgent');
  }
  const visible =
    self.key === target.key ||
    visibility === 'agent' ||
    visibility === 'all' ||
    (visibility === 'tree' && spawned(own(input, 'target'), self.key));
  return visible
    ? verdict.allow('session.visible', path)
    : verdict.deny('session.not_visible', path);
}

function readSession(value: unknown, path: string): { agentId: string; key: string } {
  const key = own(value, 'key');
  if (typeof key !== 'string' || key === '') throw new InvalidSetting(`${path}.key`);
  return { agentId: readId({ value: own(value, 'agentId'), path: `${path}.agentId` }), key };
}

function spawned(target: unknown, by: string): boolean {
  const ancestors = own(target, 'ancestors');
  return Array.isArray(ancestors) && ancestors.includes(by);
}

function mayCross(config: CompiledConfig, from: string, to: string): boolean {
  const root = rootSection(config);
  if (asFlag(within(root, 'tools', 'agentToAgent', 'enabled')) !== true) return false;
  const listed = asTexts(within(root, 'tools', 'agentToAgent', 'allow')) ?? [];
  const ids = new Set(listed.map((id) => id.trim().toLowerCase()));
  return ids.has(from) && ids.has(to);
}
