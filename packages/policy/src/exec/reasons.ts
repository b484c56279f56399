/**
 * The codes of command execution, each with its one sentence.
 *
 * @module
 */
import { verdictsFrom, type Verdicts } from '../verdict.ts';

/** Every code this area answers with. */
export const execReasons = {
  'exec.host.invalid': 'The command asks for a kind of host that does not exist.',
  'exec.host.mismatch': 'The command asks for another host than the configured one.',
  'exec.host.sandbox_unavailable': 'The command needs the sandbox and there is none.',
  'exec.host.node_forbidden': 'A sandboxed session may not run commands on another machine.',
  'exec.host.gateway_forbidden': 'A sandboxed session may not run commands on the gateway.',
  'exec.node.not_paired': 'The node is not paired.',
  'exec.node.command_not_declared': 'The node does not offer to run commands.',
  'exec.node.command_denied': 'Running commands on nodes is switched off.',
  'exec.elevated.disabled': 'Leaving the sandbox is switched off.',
  'exec.elevated.sender_not_allowed': 'The sender may not leave the sandbox.',
  'exec.self_control': 'A command may not change the gateway that runs it.',
  'exec.env.blocked': 'The command sets a variable that could change what runs.',
  'exec.security.deny': 'Running commands is switched off.',
  'exec.sandbox': 'The command runs in the sandbox.',
  'exec.full': 'Every command may run.',
  'exec.allowlist.match': 'Every part of the command is listed.',
  'exec.allowlist.miss': 'A part of the command is not listed.',
  'exec.analysis.ok': 'The command can be analysed.',
  'exec.analysis.failed': 'The command cannot be analysed, so nobody can say what it would do.',
  'exec.inline_eval.denied': 'The command hands program text to an interpreter.',
  'exec.ask.always': 'Every command needs an approval.',
  'exec.ask.on_miss': 'A part of the command is not listed and needs an approval.',
  'exec.ask.unanalyzable': 'The command cannot be analysed and needs an approval.',
  'exec.ask.inline_eval': 'The command hands program text to an interpreter and needs an approval.',
  'exec.ask_fallback.deny': 'Nobody could approve, so the answer is no.',
  'exec.ask_fallback.allowlist': 'Nobody could approve; every part of the command is listed.',
  'exec.ask_fallback.miss': 'Nobody could approve, and a part of the command is not listed.',
  'exec.ask_fallback.full': 'Nobody could approve; every command may run then.',
  'exec.approval.requested': 'The command waits for an approval.',
  'exec.approval.exists': 'An approval with this id was already requested.',
  'exec.approval.unbindable': 'Which file the interpreter would run cannot be pinned down.',
  'exec.approval.not_found': 'There is no such approval.',
  'exec.approval.not_authorized': 'Only an approver may decide this.',
  'exec.approval.expired': 'The approval has expired.',
  'exec.approval.already_resolved': 'The approval was already decided.',
  'exec.approval.decision_not_offered': 'This answer is not offered for this command.',
  'exec.approval.recorded': 'The answer is recorded.',
  'exec.approval.denied': 'The approver said no.',
  'exec.approval.pending': 'The approver has not answered yet.',
  'exec.approval.mismatch': 'What would run is not what was approved.',
  'exec.approval.consumed': 'The approval was already used.',
  'exec.approval.used': 'The approval covers exactly this command, once.',
} as const;

/** Writes this area's decisions. */
export const verdict: Verdicts<keyof typeof execReasons> = verdictsFrom(execReasons);
