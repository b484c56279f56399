/**
 * What a node host does for a gateway: look at what would run, run it, say where programs are. It
 * decides for itself: a gateway that was taken over gets no more than this machine's own policy gives.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Decision, type Json, PortcullisError, canonicalJson } from '@portcullis/core';
import { decideExec } from '@portcullis/policy/exec';

import { CommandRun } from '../brokers/proc/command-run.ts';
import { SEARCH_PATH, findExecutable } from '../brokers/proc/executables.ts';
import { type CommandFacts, factsOf, whichOf } from '../brokers/proc/facts.ts';
import { createLauncher } from '../brokers/proc/launcher.ts';
import type { Sandbox } from '../brokers/proc/sandbox.ts';
import { textOf } from '../nodes/words.ts';
import { type NodeSettings, approvalsOf, policyConfigOf } from './settings.ts';

/** What this host can be asked for. */
export const COMMANDS: readonly string[] = ['system.run', 'system.run.prepare', 'system.which'];

/** The words of a request, as far as this host reads them. */
export interface RunRequest {
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  /** Digest of the plan that was prepared before. */
  readonly plan: string | undefined;
  /** The gateway says that a person approved it. */
  readonly approved: boolean;
}

const MOST_BINS = 64;
const BIN = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/u;

function malformed(): PortcullisError {
  return new PortcullisError('node.request', 'The request is malformed.', {
    hint: 'command is a list of words; cwd, env and timeoutMs are optional.',
  });
}

/** Reads the parameters of `system.run`. Throws `node.request`. */
export function readRun(value: unknown): RunRequest {
  if (typeof value !== 'object' || value === null) throw malformed();
  const read = value as Readonly<Record<string, unknown>>;
  const { command, cwd, env, timeoutMs, systemRunPlan, approved, approvalDecision } = read;
  const argv = textsOf(command);
  if (argv === undefined || argv.length === 0) throw malformed();
  if (cwd !== undefined && cwd !== null && typeof cwd !== 'string') throw malformed();
  const variables = Object.entries(typeof env === 'object' && env !== null ? env : {});
  if (!variables.every((pair): pair is [string, string] => typeof pair[1] === 'string')) {
    throw malformed();
  }
  const plan =
    typeof systemRunPlan === 'object' && systemRunPlan !== null && 'digest' in systemRunPlan
      ? systemRunPlan.digest
      : undefined;
  return {
    argv,
    cwd: cwd ?? undefined,
    env: Object.fromEntries(variables),
    timeoutMs: typeof timeoutMs === 'number' ? timeoutMs : undefined,
    plan: typeof plan === 'string' ? plan : undefined,
    approved: approved === true && approvalDecision === 'allow-once',
  };
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
    ? value
    : undefined;
}

/** One command, found out about and decided. */
export interface Prepared {
  readonly facts: CommandFacts;
  readonly plan: { readonly [key: string]: Json };
  readonly digest: string;
  readonly decision: Decision;
}

/** The commands of one node host. */
export class NodeCommands {
  readonly #settings: NodeSettings;
  readonly #sandbox: Sandbox;

  constructor(settings: NodeSettings, sandbox: Sandbox) {
    this.#settings = settings;
    this.#sandbox = sandbox;
  }

  /** Finds out what a request would run, and whether this machine lets it. Throws `proc.*`. */
  async prepare(request: RunRequest): Promise<Prepared> {
    const { workspace } = this.#settings;
    const { argv, cwd, env } = request;
    const command = textOf(argv);
    const facts = await factsOf(
      { command, env, ...(cwd === undefined ? {} : { cwd }) },
      { agentId: 'node', sessionKey: 'node', workspace, path: () => SEARCH_PATH },
    );
    const shown = {
      argv,
      cwd: facts.cwd.path,
      commandText: command,
      programs: [...facts.executables].flatMap(([word, file]) =>
        file === undefined ? [] : [{ word, ...file }],
      ),
      files: facts.operands.map((file) => ({ word: file.path, ...file })),
    };
    const bound = { ...shown, env, cwd: { ...facts.cwd } };
    const digest = createHash('sha256').update(canonicalJson(bound), 'utf8').digest('hex');
    return { facts, digest, plan: { ...shown, digest }, decision: this.#decide(facts, request) };
  }

  /**
   * Starts what was prepared. The caller has looked at the decision; `confirm` throws where it is not
   * wanted any more, and nothing stands between it and the start.
   */
  async start(
    { facts, decision }: Prepared,
    request: RunRequest,
    confirm: () => void,
  ): Promise<CommandRun> {
    const settings = this.#settings;
    const sandbox = this.#sandbox;
    const inside = settings.sandbox === 'all';
    if (inside) {
      const probe = await sandbox.probe();
      if (!probe.available) {
        throw new PortcullisError('sandbox.unavailable', 'There is no sandbox on this machine.', {
          hint: `${probe.why}: install bubblewrap, or set nodeHost.exec.sandbox to off.`,
        });
      }
    }
    const view = {
      workspace: facts.workspace.path,
      access: 'rw',
      hiddenFolders: [],
      hiddenFiles: [],
    } as const;
    const launcher = createLauncher({
      facts,
      sandbox: inside ? { sandbox, view } : undefined,
      // What may be anything is looked up where it runs; everything else is what was looked at.
      pinned: decision.code !== 'exec.full' || (request.plan !== undefined && facts.bindable),
      approved: true,
    });
    const { timeoutMs = settings.timeoutMs } = request;
    confirm();
    return new CommandRun(facts.plan ?? { shell: facts.request.command }, launcher, {
      cwd: facts.cwd.path,
      timeoutMs: Math.max(1, Math.min(timeoutMs, settings.timeoutMs)),
      interactive: false,
    });
  }

  /** Where programs are. Names only: a path asks about files, and that is not offered. */
  async which(value: unknown): Promise<{ readonly [key: string]: Json }> {
    const holder = typeof value === 'object' && value !== null && 'bins' in value;
    const bins = textsOf(holder ? value.bins : undefined);
    if (bins === undefined || bins.length > MOST_BINS) throw malformed();
    const found: Record<string, string> = {};
    for (const name of bins.filter((each) => BIN.test(each))) {
      const file = await findExecutable(name, { path: SEARCH_PATH, cwd: '/' });
      if (file !== undefined) found[name] = file.path;
    }
    return { bins: found };
  }

  #decide(facts: CommandFacts, { approved }: RunRequest): Decision {
    const decision = decideExec(policyConfigOf(this.#settings), {
      agentId: 'node',
      command: facts.request.command,
      cwd: facts.cwd.path,
      workspace: facts.workspace.path,
      env: facts.env,
      which: whichOf(facts.executables),
      hostApprovals: approvalsOf(this.#settings),
    });
    if (decision.effect === 'deny') return decision;
    if (decision.effect === 'ask') return this.#asked(decision, facts, approved);
    // What only a shell can run is run by nobody who was allowed single programs.
    const shell = facts.plan === undefined && decision.code !== 'exec.full';
    return shell ? { ...decision, effect: 'deny', code: 'exec.analysis.failed' } : decision;
  }

  /** This machine wants a person to have seen it, and a person can only have seen what can be bound. */
  #asked(decision: Decision, { bindable }: CommandFacts, approved: boolean): Decision {
    if (approved && bindable) {
      return { ...decision, effect: 'allow', reason: 'A person approved it at the gateway.' };
    }
    const code = bindable ? decision.code : 'exec.approval.unbindable';
    return { ...decision, effect: 'deny', code };
  }
}
