/**
 * Where a gateway runs.
 *
 * @module
 */
import type { Environment, StatePaths } from '../config/index.ts';

/** Where a gateway runs. */
export interface Place {
  readonly paths: StatePaths;
  /** The variables the config may refer to. */
  readonly env: Environment;
  /** Version of the program. */
  readonly version: string;
}
