/**
 * Where a node host keeps what is its own.
 *
 * @module
 */

/** Name of the folder of a node host below the state directory. */
export const FOLDER = 'node-host';
