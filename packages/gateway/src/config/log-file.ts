/**
 * Where the log is.
 *
 * @module
 */
import { isAbsolute, join } from 'node:path';

import { getPath } from './document/key-path.ts';
import type { LoadedConfig } from './load.ts';
import { type StatePaths, expandHome } from './paths.ts';

/** Name of the log file inside the logs directory. */
export const LOG_FILE = 'gateway.log';

/** The log file: `logging.file` (`~` and paths relative to the state directory allowed), else `<logsDir>/gateway.log`. */
export function logFile({ value }: Pick<LoadedConfig, 'value'>, paths: StatePaths): string {
  const file = getPath(value, 'logging.file');
  if (typeof file !== 'string' || file === '') return join(paths.logsDir, LOG_FILE);
  if (file.startsWith('~')) return expandHome(file, paths.home);
  return isAbsolute(file) ? file : join(paths.stateDir, file);
}
