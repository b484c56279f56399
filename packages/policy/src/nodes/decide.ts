/**
 * May this node be asked for this command? It must be offered by the node, approved by an operator
 * and allowed by the configuration, all three at the time of the call.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { holdsScope } from '../exposure/scope.ts';
import { asFlag, asText, asTexts, InvalidSetting, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { commandScope, isCommandName, isHarmless, listedAs } from './commands.ts';
import { verdict } from './reasons.ts';

/** One command for one node. */
export interface NodeCommandInput {
  readonly command: string;
  readonly node: {
    /** Whether an operator approved the node. Default false. */
    readonly paired?: boolean;
    /** What the connected node offers. */
    readonly declared?: readonly string[];
    /** What an operator approved. */
    readonly approved?: readonly string[];
  };
  /** The scopes of the operator who asks. Without them only the gateway's own agent asks. */
  readonly scopes?: readonly string[];
}

const LISTS = ['gateway', 'nodes', 'commands'] as const;

/** Why the configuration does not let nodes be asked for `command`. */
function refuseByConfig(config: unknown, command: string): Decision | undefined {
  const name = listedAs(command);
  const denied = asTexts(setting(config, ...LISTS, 'deny')) ?? [];
  if (!isCommandName(command)) return verdict.deny('node.command_denied', '<call>');
  if (denied.includes(name) || denied.includes(command)) {
    return verdict.deny('node.command_denied', 'gateway.nodes.commands.deny');
  }
  const allowed = asTexts(setting(config, ...LISTS, 'allow')) ?? [];
  return isHarmless(command) || allowed.includes(name)
    ? undefined
    : verdict.deny('node.command_denied', 'gateway.nodes.commands.allow');
}

/** Whether a node may be asked for a command. */
export function decideNodeCommand(config: unknown, input: NodeCommandInput): Decision {
  return total(() => {
    const command = asText(setting(input, 'command'));
    if (command === undefined) throw new InvalidSetting('command');
    const paired = asFlag(setting(input, 'node', 'paired')) ?? false;
    const declared = asTexts(setting(input, 'node', 'declared')) ?? [];
    const approved = asTexts(setting(input, 'node', 'approved')) ?? [];
    const scopes = asTexts(setting(input, 'scopes'));
    if (!paired) return verdict.deny('node.not_paired', '<nodes>');
    const refusal = refuseByConfig(config, command);
    if (refusal !== undefined) return refusal;
    if (!declared.includes(command)) return verdict.deny('node.command_not_declared', '<nodes>');
    if (!approved.includes(command)) return verdict.deny('node.command_not_approved', '<nodes>');
    const needed = commandScope(command);
    if (scopes !== undefined && !holdsScope(scopes, needed)) {
      return verdict.deny('node.command_scope', '<connection>', { value: { scope: needed } });
    }
    return verdict.allow('node.command_allowed', 'gateway.nodes.commands');
  });
}
