/**
 * A machine that runs commands for a gateway elsewhere.
 *
 * @module
 */
export type { NodeCredentials } from './connection.ts';
export { type NodeHost, type NodeHostOptions, type NodeNews, startNodeHost } from './host.ts';
