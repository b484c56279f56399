/**
 * Nodes: which commands other machines may be asked for, and what it takes to approve them.
 *
 * @module
 */
export { approveScopes, commandScope } from './commands.ts';
export { decideNodeCommand, type NodeCommandInput } from './decide.ts';
