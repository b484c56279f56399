/**
 * Every decision about one command: the exec policy, the information flow, and whether the sandbox
 * it belongs in can be had.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Decision, type Json, canonicalJson } from '@portcullis/core';
import { type ApprovalRequest, decideExec, requestDigest } from '@portcullis/policy/exec';

import type { CallSite } from '../effect.ts';
import type { Kernel } from '../../kernel.ts';
import { type CommandFacts, whichOf } from './facts.ts';
import type { Sandbox } from './sandbox.ts';
import { type SandboxSettings, hostApprovals } from './settings.ts';

/** Where a command runs. */
export type Host = 'sandbox' | 'gateway' | 'node';

/** One command, judged. */
export interface Judgement {
  /** Undefined when it runs nowhere. */
  readonly host: Host | undefined;
  readonly decisions: readonly Decision[];
}

/** What a decision rests on beside the command. */
export interface JudgePlace {
  readonly kernel: Kernel;
  readonly site: CallSite;
  readonly sandbox: Sandbox;
  readonly settings: SandboxSettings;
}

const NETWORK_PATH = 'agents.defaults.sandbox.network';
const SANDBOX_PATH = 'agents.defaults.sandbox.mode';

/** Judges one command. */
export async function judge(facts: CommandFacts, place: JudgePlace): Promise<Judgement> {
  const { kernel, site, settings } = place;
  const { request, analysis } = facts;
  const scripts = facts.operands.map(({ path, sha256 }) => [path, sha256]);
  const document = await hostApprovals(kernel);
  const exec = decideExec(kernel.config().value, {
    agentId: site.run.agentId,
    command: request.command,
    cwd: facts.cwd.path,
    home: kernel.paths.home,
    workspace: facts.workspace.path,
    env: facts.env,
    sandboxed: settings.wanted,
    which: whichOf(facts.executables),
    scripts: Object.fromEntries(scripts),
    ...(request.host === undefined ? {} : { host: request.host }),
    ...(document === undefined ? {} : { hostApprovals: document }),
  });
  const decisions = [exec, await site.flow.decide({ kind: 'exec', command: request.command })];
  const host = hostOf(exec);
  if (host === 'sandbox') decisions.push(...(await sandboxRefusals(place)));
  const asks = decisions.some(({ effect }) => effect === 'ask');
  if (asks && !facts.bindable) decisions.push(UNBINDABLE);
  if (analysis !== undefined && facts.plan === undefined && exec.effect === 'allow') {
    // Only a shell can run it, and nobody allowed one: a list never leads to text for a shell.
    if (exec.code !== 'exec.full' && exec.code !== 'exec.sandbox') decisions.push(NO_PLAN);
  }
  return { host, decisions };
}

/** The answer when what would run is not what the question was about. */
export const MISMATCH: Decision = {
  effect: 'deny',
  code: 'exec.approval.mismatch',
  path: '<approval>',
  reason: 'What would run is no longer what was decided about.',
};

const UNBINDABLE: Decision = {
  effect: 'deny',
  code: 'exec.approval.unbindable',
  path: '<approval>',
  reason:
    'An approval cannot be bound to what an interpreter would run: name exactly one existing file.',
};

const NO_PLAN: Decision = {
  effect: 'deny',
  code: 'exec.analysis.failed',
  path: 'tools.exec.security',
  reason: 'Only a shell could run the command.',
};

async function sandboxRefusals({ sandbox, settings }: JudgePlace): Promise<readonly Decision[]> {
  if (settings.network === 'unknown') {
    return [noNetwork('only "none" and "proxy" are there')];
  }
  const probe = settings.supported
    ? await sandbox.probe()
    : { available: false, why: 'only the backend bubblewrap is there' };
  if (probe.available) {
    const network = settings.network === 'none' ? probe : await sandbox.probeNetwork();
    return network.available ? [] : [noNetwork(network.why)];
  }
  return [
    {
      effect: 'deny',
      code: 'sandbox.unavailable',
      path: SANDBOX_PATH,
      reason: `There is no sandbox on this machine: ${probe.why}. Install bubblewrap and allow user namespaces, or set ${SANDBOX_PATH} to off.`,
    },
  ];
}

function noNetwork(why: string): Decision {
  return {
    effect: 'deny',
    code: 'sandbox.network_unsupported',
    path: NETWORK_PATH,
    reason: `The sandbox cannot have this network: ${why}. Set ${NETWORK_PATH} to none.`,
  };
}

function hostOf({ value }: Decision): Host | undefined {
  if (typeof value !== 'object' || value === null || !('host' in value)) return undefined;
  const { host } = value;
  return host === 'sandbox' || host === 'gateway' || host === 'node' ? host : undefined;
}

/** Everything that would happen, as an approver sees it and his answer is bound to it. */
export function subjectOf(
  facts: CommandFacts,
  host: Host | undefined,
  settings: SandboxSettings,
): { readonly [key: string]: Json } {
  const { request, cwd, executables, operands, plan } = facts;
  const bound: ApprovalRequest = { ...facts.bound, host: host ?? 'gateway' };
  const programs = [...executables].map(([word, file]): [string, Json] => [
    word,
    file === undefined ? null : { ...file },
  ]);
  const whole = {
    command: bound.rawCommand,
    argv: bound.argv,
    shell: plan === undefined,
    host: bound.host,
    agentId: bound.agentId,
    sessionKey: bound.sessionKey,
    cwd: { ...cwd },
    env: bound.env,
    input: request.input ?? null,
    background: request.background === true,
    timeoutMs: request.timeoutMs ?? null,
    script: bound.script,
    files: operands.map((file) => ({ ...file })),
    programs: Object.fromEntries(programs),
    workspaceAccess: bound.host === 'sandbox' ? settings.access : 'rw',
    ...(bound.host === 'sandbox' ? { network: settings.network } : {}),
    digest: requestDigest(bound),
  };
  return whole;
}

/** Hex SHA-256 of a subject. */
export function subjectHash(subject: Json): string {
  return createHash('sha256').update(canonicalJson(subject), 'utf8').digest('hex');
}
