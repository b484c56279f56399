/**
 * The codes of node commands, each with its one sentence.
 *
 * @module
 */
import { verdictsFrom, type Verdicts } from '../verdict.ts';

/** Every code this area answers with. */
export const nodeReasons = {
  'node.not_paired': 'No operator has approved what this node offers.',
  'node.command_denied': 'The configuration does not let nodes be asked for this command.',
  'node.command_not_declared': 'The node does not offer this command.',
  'node.command_not_approved': 'The node offers this command, and no operator has approved it.',
  'node.command_scope': 'The caller lacks a scope that this command needs.',
  'node.command_allowed': 'The command is offered, approved and allowed.',
} as const;

/** Writes this area's decisions. */
export const verdict: Verdicts<keyof typeof nodeReasons> = verdictsFrom(nodeReasons);
