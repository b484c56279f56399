/**
 * Where a backup is unpacked before it takes its place: beside it, on the same disk.
 *
 * @module
 */
import { cpSync, existsSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { StatePaths } from '@portcullis/gateway/config';

import type { ArchivedFile, Manifest } from './manifest.ts';
import { realOf } from './plan.ts';
import type { Destination } from './read-archive.ts';
import { stamp } from './stamp.ts';

/** Where each folder of an archive is unpacked and where it goes. */
export class Layout {
  readonly #suffix: string;
  readonly #copies: string[] = [];
  readonly paths: StatePaths;

  constructor(paths: StatePaths, now: Date) {
    this.#suffix = stamp(now);
    this.paths = {
      ...paths,
      stateDir: realOf(paths.stateDir),
      credentialsDir: realOf(paths.credentialsDir),
    };
  }

  /** Beside `path`, on the same file system. */
  staging(path: string): string {
    return join(dirname(path), `.${basename(path)}.restoring-${this.#suffix}`);
  }

  /** `from`, or a copy of it on the disk of `path` where that is another one. */
  near(from: string, path: string): string {
    let place = dirname(path);
    while (!existsSync(place)) place = dirname(place);
    if (statSync(place).dev === statSync(from).dev) return from;
    const copy = join(place, basename(this.staging(path)));
    this.#copies.push(copy);
    cpSync(from, copy, { recursive: true });
    return copy;
  }

  /** The dated name of what is there now. */
  kept(path: string): string {
    return `${path}.before-${this.#suffix}`;
  }

  /** The folder a part is unpacked in. */
  folderOf(archivePath: string): string {
    const { stateDir, credentialsDir, configPath } = this.paths;
    const [, kind, agent = ''] = archivePath.split('/');
    if (kind === 'config') return this.staging(configPath);
    if (kind === 'credentials') return this.staging(credentialsDir);
    // The config in the archive says where it goes; until that is read it waits beside the state.
    if (kind === 'workspace') return join(this.staging(`${stateDir}-workspaces`), agent);
    return this.staging(stateDir);
  }

  /** Where each file of an archive is unpacked. */
  destination(manifest: Manifest): Destination {
    return ({ path }: ArchivedFile) => {
      const asset = manifest.assets.find(({ archivePath }) => path.startsWith(`${archivePath}/`));
      if (asset === undefined) return undefined;
      return join(this.folderOf(asset.archivePath), path.slice(asset.archivePath.length + 1));
    };
  }

  /** Removes what was unpacked and is not in its place. */
  discard(manifest: Manifest | undefined): void {
    const { stateDir, credentialsDir, configPath } = this.paths;
    if (manifest === undefined) return;
    for (const path of [stateDir, credentialsDir, configPath, `${stateDir}-workspaces`]) {
      rmSync(this.staging(path), { recursive: true, force: true });
    }
    for (const path of this.#copies) rmSync(path, { recursive: true, force: true });
  }
}
