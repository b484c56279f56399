/**
 * Folders that are there for the time of one piece of work.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';

/**
 * Makes a folder (0700) for some work, and removes it with all that is in it once that is done, or
 * failed, or the process ends because somebody interrupted it.
 *
 * @param prefix its path, to which a few letters are added.
 */
export async function withPrivateFolder<T>(
  prefix: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(prefix);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
