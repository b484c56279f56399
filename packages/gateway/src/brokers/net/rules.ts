/**
 * The rules of the network as they hold for one agent: those for everybody, and its own, which only
 * narrow. What either refuses is refused.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type NetInput, decideNet } from '@portcullis/policy/network';

import { type ConfigObject, formatPath, getPath, isConfigObject } from '../../config/index.ts';

const SHARED = 'tools.web.fetch';
/** The answer to a URL whose host was not looked up yet. */
const UNRESOLVED = 'net.dns.unresolved';

/** Decides about an address for an agent. */
export function decideFor(config: ConfigObject, agentId: string, input: NetInput): Decision {
  const shared = decideNet(config, input);
  const own = ownRules(config, agentId);
  if (own === undefined) return shared;
  const narrow = decideNet({ tools: { web: { fetch: own.rules } } }, input);
  if (narrow.effect === 'allow') return shared;
  const counts = shared.effect === 'allow' || shared.code === UNRESOLVED;
  if (!counts || narrow.code === UNRESOLVED) return shared;
  return { ...narrow, path: narrow.path.replace(SHARED, own.path) };
}

/** What is configured for this agent alone, on top of what holds for everybody. */
function ownRules(
  config: ConfigObject,
  agentId: string,
): { readonly rules: ConfigObject; readonly path: string } | undefined {
  const path = formatPath(['agents', 'entries', agentId, 'tools', 'web', 'fetch']);
  const own = getPath(config, path);
  if (own === undefined) return undefined;
  const shared = getPath(config, SHARED);
  // A section that is no section is handed on: it is refused where it is read.
  if (!isConfigObject(own)) return { rules: { ssrfPolicy: own }, path };
  return { rules: { ...(isConfigObject(shared) ? shared : {}), ...own }, path };
}
