/**
 * Every decision about one command: the exec policy, the information flow, and whether the sandbox
 * it belongs in can be had.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Decision, type Json, canonicalJson } from '@portcullis/core';
import {
  type ApprovalRequest,
  type DurableTrust,
  type ExecInput,
  decideExec,
  requestDigest,
} from '@portcullis/policy/exec';

import type { Grants } from '../../approvals/grants.ts';
import { hostApprovals } from '../../approvals/host-document.ts';
import type { Kernel } from '../../kernel.ts';
import { type ExecOverride, readSession } from '../../session/sessions.ts';
import type { CallSite, Unanswered } from '../effect.ts';
import { type CommandFacts, whichOf } from './facts.ts';
import type { Sandbox } from './sandbox.ts';
import type { SandboxSettings } from '../sandbox-settings.ts';
import { lineHash, trustOf, withTrust } from './trust.ts';

/** Where a command runs. */
export type Host = 'sandbox' | 'gateway' | 'node';

/** One command, judged. */
export interface Judgement {
  /** Undefined when it runs nowhere. */
  readonly host: Host | undefined;
  readonly decisions: readonly Decision[];
  /** It rests on what an approver allowed for good. */
  readonly trusted: boolean;
  /** What `allow-always` would leave; undefined where it may not be offered. */
  readonly trust: readonly DurableTrust[] | undefined;
}

/** What a decision rests on beside the command. */
export interface JudgePlace {
  readonly kernel: Kernel;
  readonly site: CallSite;
  readonly sandbox: Sandbox;
  readonly settings: SandboxSettings;
  readonly grants: Grants;
  /** Whether trust for good covers it: a command alone, and not input for one that runs. */
  readonly isTrustable: boolean;
  /** Why nobody answers, where nobody does. */
  readonly approver?: Unanswered;
}

const NETWORK_PATH = 'agents.defaults.sandbox.network';
const SANDBOX_PATH = 'agents.defaults.sandbox.mode';

/** Judges one command. */
export async function judge(facts: CommandFacts, place: JudgePlace): Promise<Judgement> {
  const { site } = place;
  const { request, analysis } = facts;
  const { exec, trusted, trust } = await judgeExec(facts, place);
  const decisions = [exec, await site.flow.decide({ kind: 'exec', command: request.command })];
  const host = hostOf(exec);
  if (host === 'sandbox') decisions.push(...(await sandboxRefusals(place)));
  const asks = decisions.some(({ effect }) => effect === 'ask');
  if (asks && !facts.bindable) decisions.push(UNBINDABLE);
  if (analysis !== undefined && facts.plan === undefined && exec.effect === 'allow') {
    // Only a shell can run it, and nobody allowed one: a list never leads to text for a shell.
    if (exec.code !== 'exec.full' && exec.code !== 'exec.sandbox') decisions.push(NO_PLAN);
  }
  return { host, decisions, trusted, trust };
}

/** What the exec policy says, with what was allowed for good where that is asked about. */
async function judgeExec(
  facts: CommandFacts,
  place: JudgePlace,
): Promise<{ readonly exec: Decision } & Pick<Judgement, 'trusted' | 'trust'>> {
  const { kernel, site, grants, isTrustable } = place;
  const { agentId } = site.run;
  const input = await inputOf(facts, place);
  const document = await hostApprovals(kernel);
  const decide = (entries: readonly DurableTrust[]): Decision => {
    const list = withTrust(document, agentId, entries);
    const config = kernel.config().value;
    return decideExec(config, list === undefined ? input : { ...input, hostApprovals: list });
  };
  const exec = decide([]);
  const open = exec.effect === 'ask' || exec.code === 'exec.allowlist.miss';
  if (!open || !isTrustable) return { exec, trusted: false, trust: undefined };
  const found = await grants.commandLine(agentId, lineHash(facts));
  const again = decide(found.flatMap(({ entries }) => entries));
  if (found.length > 0 && again.effect === 'allow') {
    const value = { ...(again.value as object), grants: found.map(({ id }) => id) };
    return { exec: { ...again, value }, trusted: true, trust: undefined };
  }
  const trust = trustOf(facts, hostOf(exec) ?? 'gateway', kernel.config().value);
  // Only what would really be let through the next time is worth an answer for good.
  const useful = trust !== undefined && decide(trust).effect === 'allow';
  return { exec, trusted: false, trust: useful ? trust : undefined };
}

/** One command as the exec policy reads it. */
async function inputOf(facts: CommandFacts, place: JudgePlace): Promise<ExecInput> {
  const { kernel, site, settings, approver } = place;
  const { run, event } = site;
  const { command, host, ask, elevated } = facts.request;
  const session = await kernel.store.transact((tx) => readSession(tx, run.sessionKey));
  const override = session?.exec;
  const raised = elevated ?? (run.isOwner ? override?.elevated : undefined);
  const scripts = facts.operands.map(({ path, sha256 }) => [path, sha256]);
  const { sender, conversation } = event;
  return {
    agentId: run.agentId,
    command,
    cwd: facts.cwd.path,
    home: kernel.paths.home,
    workspace: facts.workspace.path,
    env: facts.env,
    sandboxed: settings.wanted,
    which: whichOf(facts.executables),
    scripts: Object.fromEntries(scripts),
    channel: conversation.channel,
    ...(sender.id === undefined ? {} : { sender: { id: sender.id } }),
    ...(host === undefined ? {} : { host }),
    ...(ask === undefined ? {} : { ask }),
    ...(raised === undefined ? {} : { elevated: raised }),
    ...(override === undefined ? {} : { session: sessionRules(override, run.isOwner) }),
    ...(approver === undefined ? {} : { approver }),
  };
}

/** An owner's choice loosens for him alone: it is no gift to others who write in his session. */
export function sessionRules(
  { security, ask, host }: ExecOverride,
  isOwner: boolean,
): NonNullable<ExecInput['session']> {
  return {
    setByOwner: isOwner,
    ...(security === undefined ? {} : { security }),
    ...(ask === undefined ? {} : { ask }),
    ...(host === undefined || !isOwner ? {} : { host }),
  };
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
    elevated: request.elevated ?? null,
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
