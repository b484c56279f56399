/**
 * Taking over what lies in a workspace: the owner says once that he knows what is in it.
 *
 * A file that the gateway did not write may hold anything from anybody, and whoever reads it is
 * treated so. Adopting gives what is there now the owner's own label, until somebody else changes
 * it. What has a label already keeps it: text from outside is not laundered by adopting.
 *
 * @module
 */
import { PortcullisError, type Tx } from '@portcullis/core';

import type { Caller } from '../../services/caller.ts';
import { type Kernel, commit } from '../../kernel.ts';
import type { WorkspaceReport, WorkspaceService } from '../../services/workspaces.ts';
import { CENSUS_MOST, type Census, takeCensus } from './census.ts';
import { type FileLabelRow, labelsOf, putLabel, speaksOf } from './labels.ts';
import type { Workspaces } from './workspaces.ts';

/** Whether some command may be writing in a workspace. */
export type IsBusy = (workspace: string) => boolean;

/** What lies in the workspaces, and taking it over. */
export class Adoption implements WorkspaceService {
  readonly #kernel: Kernel;
  readonly #workspaces: Workspaces;
  readonly #isBusy: IsBusy;

  constructor(kernel: Kernel, workspaces: Workspaces, isBusy: IsBusy) {
    this.#kernel = kernel;
    this.#workspaces = workspaces;
    this.#isBusy = isBusy;
  }

  async list(): Promise<readonly WorkspaceReport[]> {
    const reports: WorkspaceReport[] = [];
    for (const { id } of this.#kernel.agents()) reports.push(await this.#report(id));
    return reports;
  }

  async adopt(caller: Caller, agentId: string): Promise<WorkspaceReport> {
    if (!this.#kernel.agents().some(({ id }) => id === agentId)) {
      throw new PortcullisError('workspace.no_agent', 'There is no agent of this name.', {
        hint: 'openclaw workspace list shows those there are.',
      });
    }
    const { real } = await this.#workspaces.of(agentId);
    if (this.#isBusy(real)) throw busy();
    const census = await takeCensus(real);
    if (census === undefined) throw tooMany();
    // A command that began meanwhile may have written what the census saw.
    if (this.#isBusy(real)) throw busy();
    const adopted = await commit(this.#kernel, async (tx) => {
      const known = await labelsOf(tx, agentId);
      const unknown = [...census].filter(([path, entry]) => !speaksOf(known.get(path), entry));
      for (const [path, { isDirectory, mark }] of unknown) {
        const state = isDirectory ? {} : { mark };
        await putLabel(tx, { agentId, path, label: { u: 0, P: [] }, ...state });
      }
      this.#note(tx, caller, agentId, unknown.length);
      return unknown.length;
    });
    this.#kernel.log.info({ agent: agentId, adopted }, 'workspace: adopted');
    return { ...(await this.#report(agentId)), adopted };
  }

  async #report(agentId: string): Promise<WorkspaceReport> {
    const { path, real } = await this.#workspaces.of(agentId);
    const census = await takeCensus(real);
    if (census === undefined) return { agentId, path, entries: CENSUS_MOST, tooMany: true };
    const known = await this.#kernel.store.transact((tx) => labelsOf(tx, agentId));
    return { agentId, path, entries: census.size, unknown: countUnknown(census, known) };
  }

  #note(tx: Tx, caller: Caller, agent: string, entries: number): void {
    this.#kernel.journal.record(tx, {
      kind: 'operator',
      at: this.#kernel.now(),
      principal: caller.id,
      code: 'workspace.adopted',
      agent,
      entries,
    });
  }
}

function countUnknown(census: Census, known: ReadonlyMap<string, FileLabelRow>): number {
  let unknown = 0;
  for (const [path, entry] of census) if (!speaksOf(known.get(path), entry)) unknown += 1;
  return unknown;
}

function busy(): PortcullisError {
  return new PortcullisError('workspace.busy', 'A command is running in the workspace.', {
    hint: 'Wait for its end, or end it, and try again.',
    retryable: true,
  });
}

function tooMany(): PortcullisError {
  return new PortcullisError(
    'workspace.too_large',
    `The workspace holds more than ${String(CENSUS_MOST)} files.`,
    {
      hint: 'Move what the agent does not need elsewhere, or set a narrower agents.defaults.workspace.',
    },
  );
}
