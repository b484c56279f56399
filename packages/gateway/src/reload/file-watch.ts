/**
 * Notices that files changed: by what the system tells of their folders, and by looking at them every
 * few seconds, because it does not tell everything (network file systems, more folders than it
 * watches). What is written in place and what is put in place of it are noticed alike.
 *
 * @module
 */
import { type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** What is watched and who is told. */
export interface FileWatchOptions {
  /** Absolute paths. Asked again at every look: an edit may name other files. */
  readonly files: () => readonly string[];
  /** Called once after a change has settled, never twice at one time. Must not reject. */
  readonly changed: () => Promise<void>;
  /** Between two looks, in milliseconds. Default 2,000. */
  readonly pollMs?: number;
  /** How long files must be quiet before they are read, in milliseconds. Default 100. */
  readonly quietMs?: number;
}

/** Folders that are watched at most; files of any more are only looked at. */
const MOST_FOLDERS = 32;
/** How often more quiet is waited for, where something is written without end. */
const MOST_WAITS = 20;

/** A watch over some files. */
export class FileWatch {
  readonly #options: FileWatchOptions;
  readonly #pollMs: number;
  readonly #quietMs: number;
  readonly #watchers = new Map<string, FSWatcher>();
  #seen: string;
  #poll: NodeJS.Timeout | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #telling: Promise<void> | undefined;
  #open = true;

  /** Begins to watch. What changed before it is not noticed. */
  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#pollMs = options.pollMs ?? 2000;
    this.#quietMs = options.quietMs ?? 100;
    this.#seen = this.#look();
    this.#follow();
    this.#poll = setInterval(() => this.#pulse(), this.#pollMs).unref();
  }

  /** Stops. Resolves when nobody is being told any more. */
  async close(): Promise<void> {
    this.#open = false;
    clearInterval(this.#poll);
    clearTimeout(this.#quiet);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    await this.#telling;
  }

  /** A look that nobody asked for. */
  #pulse(): void {
    this.#follow();
    if (this.#look() !== this.#seen) this.#stir();
  }

  /** Something may have changed: waits until it is quiet, but not for ever. */
  #stir(): void {
    if (!this.#open || this.#quiet !== undefined || this.#look() === this.#seen) return;
    this.#wait(this.#look(), MOST_WAITS);
  }

  #wait(glimpse: string, left: number): void {
    this.#quiet = setTimeout(() => {
      this.#quiet = undefined;
      const now = this.#look();
      if (now !== glimpse && left > 0) this.#wait(now, left - 1);
      else this.#settle(now);
    }, this.#quietMs).unref();
  }

  #settle(now: string): void {
    // One at a time; what changes meanwhile is found at the end.
    if (!this.#open || this.#telling !== undefined || now === this.#seen) return;
    this.#seen = now;
    this.#telling = this.#options.changed().finally(() => {
      this.#telling = undefined;
      if (this.#open) this.#pulse();
    });
  }

  /** What tells one state of the files from another. */
  #look(): string {
    return this.#options
      .files()
      .map((path) => {
        try {
          const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
          return [path, dev, ino, size, mtimeNs, ctimeNs].join(' ');
        } catch {
          return `${path} -`;
        }
      })
      .join('\n');
  }

  /** Watches the folders the files are in now, by their names and by where links lead. */
  #follow(): void {
    const paths = this.#options.files();
    const folders = paths.flatMap((path) => [dirname(path), realFolder(path) ?? dirname(path)]);
    const wanted = new Set([...new Set(folders)].slice(0, MOST_FOLDERS));
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#stir());
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(folder);
      });
      this.#watchers.set(folder, watcher);
    } catch {
      // The folder is not there, or no more can be watched: the looks go on.
    }
  }
}

function realFolder(path: string): string | undefined {
  try {
    return dirname(realpathSync(path));
  } catch {
    return undefined;
  }
}
