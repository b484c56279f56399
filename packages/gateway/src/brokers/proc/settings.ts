/**
 * What the configuration says about commands: times, and where programs are looked for.
 *
 * @module
 */
import { isAbsolute, normalize } from 'node:path';

import { valueAt } from '../../config/document/config-value.ts';
import type { Kernel } from '../../kernel.ts';
import { SEARCH_PATH } from './executables.ts';
import { below } from './sandbox.ts';

function execNumber(kernel: Kernel, agentId: string, key: string): number | undefined {
  const { value } = kernel.config();
  const found =
    valueAt(value, 'agents', 'entries', agentId, 'tools', 'exec', key) ??
    valueAt(value, 'tools', 'exec', key);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** Longest a command of this agent may run, in milliseconds. */
export function longestRun(kernel: Kernel, agentId: string): number {
  return (execNumber(kernel, agentId, 'timeoutSeconds') ?? 1800) * 1000;
}

/** After how long a command goes on in the background, where that is configured. */
export function backgroundAfter(kernel: Kernel, agentId: string): number | undefined {
  return execNumber(kernel, agentId, 'backgroundMs');
}

/** Where programs are looked up: what the operator put before, then the system. */
export function searchPathOf(
  kernel: Kernel,
  agentId: string,
  workspace: string,
): readonly string[] {
  const { value } = kernel.config();
  const listed =
    valueAt(value, 'agents', 'entries', agentId, 'tools', 'exec', 'pathPrepend') ??
    valueAt(value, 'tools', 'exec', 'pathPrepend');
  const before: readonly unknown[] = Array.isArray(listed) ? listed : [];
  const usable = before.filter(
    (each): each is string =>
      typeof each === 'string' &&
      isAbsolute(each) &&
      !each.includes(':') &&
      normalize(each) !== workspace &&
      below(workspace, normalize(each)) === undefined,
  );
  return [...usable, ...SEARCH_PATH];
}
