/**
 * One question about one path: where it leads now, and what policy says to that.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type FileFacts, type FileInput, type FileOp, decideFile } from '@portcullis/policy/files';

import { errnoCode } from '../../config/text-file.ts';
import type { InboxRun } from '../../intake/inbox.ts';
import type { Kernel } from '../../kernel.ts';
import { workspaceAccess } from '../sandbox-settings.ts';
import { isSystemFault, systemFault } from './faults.ts';
import { absolutePath, isForeignNotation, isWithin, relativeTo } from './notation.ts';
import { type InodeFacts, survey } from './survey.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

/** What was found about a path, and the decision over it. */
export interface Look {
  readonly decision: Decision;
  /** The path to open, absolute and free of links; empty unless `decision` allows. */
  readonly resolved: string;
  /** The path as written and where it leads, as seen from the workspace. */
  readonly names: readonly string[];
  readonly facts: FileFacts;
  readonly workspace: Workspace;
  readonly input: FileInput;
}

/** What a descriptor shows. */
export interface Opened {
  readonly inode: InodeFacts;
  readonly real: string;
}

/** Looks at paths for one run. */
export class Looker {
  readonly #kernel: Kernel;
  readonly #workspaces: Workspaces;
  readonly #run: InboxRun;

  constructor(kernel: Kernel, workspaces: Workspaces, run: InboxRun) {
    this.#kernel = kernel;
    this.#workspaces = workspaces;
    this.#run = run;
  }

  /**
   * Looks where a path leads and asks policy. What the text of the path alone forbids is refused
   * without looking: a refusal never tells what lies elsewhere. Whoever asks about many paths in one
   * go looks up the workspace once.
   */
  async look(op: FileOp, path: string, known?: Workspace): Promise<Look> {
    const workspace = known ?? (await this.workspace());
    const { home, stateDir } = this.#kernel.paths;
    const lexical = absolutePath(path, home, workspace.path);
    const input: FileInput = {
      op,
      path,
      home,
      workspace: workspace.path,
      stateDir,
      protectedPaths: workspace.protectedPaths,
      agentId: this.#run.agentId,
      workspaceAccess: workspaceAccess(this.#kernel, this.#run),
      facts: asWritten(lexical, workspace),
    };
    const found = { workspace, input, facts: input.facts, names: [], resolved: '' };
    const config = this.#kernel.config().value;
    const written = isForeignNotation(path) ? UNUSABLE : decideFile(config, input);
    if (written.effect !== 'allow') return { ...found, decision: written };
    const facts = await this.#survey(lexical, workspace);
    if (facts === undefined) return { ...found, decision: UNUSABLE };
    const decision = decideFile(config, { ...input, facts });
    const { resolved } = (decision.value ?? { resolved: '' }) as { resolved: string };
    const names = [relativeTo(lexical, workspace.path), relativeTo(resolved, workspace.real)];
    return { ...found, input: { ...input, facts }, facts, decision, resolved, names };
  }

  /** The workspace of the run. */
  async workspace(): Promise<Workspace> {
    return await this.#workspaces.of(this.#run.agentId);
  }

  /** Asks again about what was opened. */
  confirm(look: Look, { inode, real }: Opened): Decision {
    const { dev = '', ino = '', ...shown } = inode;
    return decideFile(this.#kernel.config().value, {
      ...look.input,
      facts: { ...look.facts, ...shown },
      opened: { dev, ino, real },
    });
  }

  async #survey(path: string, workspace: Workspace): Promise<FileFacts | undefined> {
    try {
      const facts = await survey(path, workspace.real);
      return { ...facts, stateDirReal: workspace.stateDirReal };
    } catch (error) {
      if (errnoCode(error) === 'ENAMETOOLONG') return undefined;
      if (!isSystemFault(error)) throw error;
      throw systemFault(error);
    }
  }
}

/** The facts if no path had links and nothing were there: what is refused then always is. */
function asWritten(path: string, workspace: Workspace): FileFacts {
  const real = isWithin(path, workspace.path)
    ? `${workspace.real}${path.slice(workspace.path.length)}`
    : path;
  const { stateDirReal } = workspace;
  return { workspaceReal: workspace.real, real, leafExists: false, stateDirReal };
}

const UNUSABLE: Decision = {
  effect: 'deny',
  code: 'fs.path.invalid',
  path: '<path>',
  reason: 'The path is written in a way that means another place, or is too long.',
};
