/**
 * What a result tells of the machine, put in neutral words for everybody but the owner: a model repeats
 * what it has seen to whoever asks, and in a room everybody reads along.
 *
 * @module
 */
import { hostname } from 'node:os';
import { basename } from 'node:path';

import { getPath } from '../config/index.ts';
import type { Kernel } from '../kernel.ts';
import type { Work } from './work.ts';

/** Shorter names are parts of other words. */
const SHORTEST = 4;

/** Whether only the owner hears what comes of a run. */
function isOwnersAlone({ run, event }: Pick<Work, 'run' | 'event'>): boolean {
  return run.isOwner && event.conversation.kind === 'direct';
}

/** A text without this machine's name and folders, unless the owner alone hears it. */
export function veiled(kernel: Kernel, work: Pick<Work, 'run' | 'event'>, text: string): string {
  if (isOwnersAlone(work)) return text;
  return namesOf(kernel, work.run.agentId).reduce(
    (rest, [name, neutral]) => rest.replaceAll(name, neutral),
    text,
  );
}

/** What is hidden and what stands for it, the longest first: a workspace may lie in the home. */
function namesOf(
  { config, paths }: Kernel,
  agentId: string,
): readonly (readonly [string, string])[] {
  const { value } = config();
  const workspaces = [
    getPath(value, `agents.entries.${agentId}.workspace`),
    getPath(value, 'agents.defaults.workspace'),
    paths.workspaceDir,
  ].map((each) => (typeof each === 'string' ? expanded(each, paths.home) : ''));
  const named = [
    ...workspaces.map((each) => [each, '.'] as const),
    [paths.stateDir, '~'] as const,
    [paths.home, '~'] as const,
    [hostname(), 'host'] as const,
  ];
  return named
    .filter(([name]) => name.length >= SHORTEST && name !== 'localhost' && basename(name) !== '')
    .toSorted(([left], [right]) => right.length - left.length);
}

function expanded(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? `${home}${path.slice(1)}` : path;
}
