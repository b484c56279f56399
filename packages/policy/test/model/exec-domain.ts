/**
 * Commands with what the rule finds in them, and the settings that decide about them.
 *
 * @module
 */
import {
  type ApprovalState,
  type ApprovalStep,
  approvalTransition,
} from '../../src/exec/approval.ts';
import type { ApprovalRequest } from '../../src/exec/approval-record.ts';

const HASH = 'ab'.repeat(32);
export const APPROVERS: unknown = { execApprovals: { approvers: ['telegram:11'] } };

/** A request for exactly `words`. */
export function requestFor(words: readonly string[]): ApprovalRequest {
  return {
    host: 'gateway',
    nodeId: null,
    argv: [words],
    rawCommand: words.join(' '),
    cwd: '/w',
    env: {},
    exec: [{ realPath: `/usr/bin/${words[0] ?? ''}`, sha256: HASH }],
    script: null,
    agentId: 'main',
    sessionKey: 'agent:main:main',
  };
}

/** What an allow-always answer leaves for `words`. */
function durableFor(words: readonly string[]): readonly unknown[] {
  let state: ApprovalState = { records: {}, durable: [] };
  const steps: readonly ApprovalStep[] = [
    { do: 'request', now: 0, id: 'r', request: requestFor(words), flags: { ask: 'on-miss' } },
    {
      do: 'resolve',
      now: 0,
      id: 'r',
      actor: { kind: 'operator', scopes: ['operator.approvals'] },
      decision: 'allow-always',
    },
  ];
  for (const step of steps) state = approvalTransition(state, step, APPROVERS).state;
  return state.durable;
}

/** A command, and what the rule says about it. */
export interface Command {
  readonly text: string;
  /** It is not understood. */
  readonly obscure?: boolean;
  /** Every program is listed. */
  readonly listed?: boolean;
  /** It carries text for an interpreter. */
  readonly inline?: boolean;
  /** It runs another program in its own way. */
  readonly carrier?: boolean;
}

export const COMMANDS: readonly Command[] = [
  { text: 'ls -l', listed: true },
  { text: 'rg x', listed: true },
  { text: 'pwd', listed: true },
  { text: 'ls -l && rg x', listed: true },
  { text: 'ls -a' },
  { text: 'ls -l && git status' },
  { text: 'sudo ls -l', carrier: true },
  { text: 'python3 -c 1', inline: true },
  { text: 'ls $HOME', obscure: true },
];

/** The allow list: one program by name, one exact command by an earlier answer. */
export const ALLOWLIST: readonly unknown[] = [{ pattern: 'rg' }, ...durableFor(['ls', '-l'])];

const program = (name: string) => ({
  path: `/usr/bin/${name}`,
  realPath: `/usr/bin/${name}`,
  sha256: HASH,
});

/** Facts about the machine. */
export const MACHINE: Readonly<Record<string, unknown>> = {
  agentId: 'main',
  cwd: '/w',
  workspace: '/w',
  which: Object.fromEntries(
    ['ls', 'rg', 'git', 'python3', 'sudo'].map((name) => [name, program(name)]),
  ),
};
