/**
 * The `proc` broker: commands, judged as words, approved as a whole, run without a shell wherever
 * that can be done.
 *
 * What was found out about a command is found out again after an approval, and each program is
 * looked at once more right before it starts: what runs is what was decided about, or nothing.
 *
 * @module
 */
import {
  type Decision,
  PortcullisError,
  type ProcBroker,
  type ProcRequest,
  type ProcResult,
} from '@portcullis/core';
import { topLabel } from '@portcullis/policy/flow';

import { textHash } from '../../audit/journal.ts';
import type { Kernel } from '../../kernel.ts';
import type { Nodes } from '../../nodes/nodes.ts';
import type { EffectGate } from '../effect.ts';
import { type SandboxSettings, sandboxOf } from '../sandbox-settings.ts';
import type { Grants } from '../../approvals/grants.ts';
import type { Resolve } from '../net/resolve.ts';
import { CommandRun, type Work } from './command-run.ts';
import {
  type JudgePlace,
  type Judgement,
  MISMATCH,
  judge,
  subjectHash,
  subjectOf,
} from './decide.ts';
import { type CommandFacts, directoryAt, factsOf } from './facts.ts';
import { type Inside, openInside, viewOf } from './inside.ts';
import { createLauncher, mismatch } from './launcher.ts';
import { NodeCommands } from './node-commands.ts';
import type { ProcessEntry, Processes, Reach } from './processes.ts';
import { type Reading, beginReading, labelLeavings, labelOfReading } from './reading.ts';
import type { Sandbox, SandboxView } from './sandbox.ts';
import { backgroundAfter, longestRun, searchPathOf } from './settings.ts';
import { lineHash, saysAll } from './trust.ts';

/** What commands of one gateway share. */
export interface ProcRooms {
  readonly processes: Processes;
  readonly sandbox: Sandbox;
  readonly grants: Grants;
  readonly nodes: Nodes;
  /** Looks up the hosts that sandboxed commands ask for. */
  readonly resolve: Resolve;
}

const FOREGROUND_MS = 120_000;
const LONGEST_WAIT_MS = 60_000;
const LOOK_MS = 50;
const PRINTED = 'what a command printed';
/** Most characters of input that may wait to be read. */
const WAITING_INPUT = 1_000_000;
const ENDING: Decision = {
  effect: 'allow',
  code: 'proc.end_own',
  path: '<default>tools.exec',
  reason: 'A session may end what it started.',
};

/** What a command can read, by what its sandbox shows of the workspace. */
function reachOf(view: SandboxView | undefined, workspace: string): Reach {
  if (view === undefined) return 'machine';
  return view.access === 'none' ? 'nothing' : { workspace };
}

/** Makes the broker of one call. */
export function createProcBroker(kernel: Kernel, gate: EffectGate, rooms: ProcRooms): ProcBroker {
  return new Commands(kernel, gate, rooms);
}

class Commands implements ProcBroker {
  readonly #kernel: Kernel;
  readonly #gate: EffectGate;
  readonly #rooms: ProcRooms;

  constructor(kernel: Kernel, gate: EffectGate, rooms: ProcRooms) {
    this.#kernel = kernel;
    this.#gate = gate;
    this.#rooms = rooms;
  }

  async run(request: ProcRequest): Promise<ProcResult> {
    const elsewhere = new NodeCommands(this.#kernel, this.#gate, this.#rooms.nodes);
    if (await elsewhere.wants(request)) return await elsewhere.run(request);
    const entry = await this.#perform('run', request, { text: null }, (facts, judgement, strict) =>
      this.#start(facts, judgement, strict),
    );
    const { result, seen } = await this.#outcome(entry);
    await this.#learn(entry);
    if (result.state !== 'running') await this.#labelLeavings(entry);
    if (!seen) this.#gate.site.signal.throwIfAborted();
    return result;
  }

  list(): readonly ProcResult[] {
    const entries = this.#rooms.processes.background(this.#sessionKey);
    // Output is handed out where what it brings into the session can be written down.
    return entries.map((entry) => describe(entry, { text: '', truncated: false }));
  }

  async poll(id: string, waitMs = 0): Promise<ProcResult> {
    const entry = this.#rooms.processes.get(this.#sessionKey, id);
    const { run } = entry;
    const deadline = performance.now() + Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS);
    const before = run.output.total;
    while (
      run.state === 'running' &&
      run.output.total === before &&
      performance.now() < deadline &&
      !this.#gate.site.signal.aborted
    ) {
      await settled(run, Math.min(LOOK_MS, Math.max(1, deadline - performance.now())));
    }
    await this.#learn(entry);
    return describe(entry, run.output.next());
  }

  async write(id: string, text: string): Promise<void> {
    const { request, run } = this.#rooms.processes.get(this.#sessionKey, id);
    // Input can be a program for what reads it: it is decided as the command itself was.
    await this.#perform('write', request, { id, text }, async () => {
      if (run.state !== 'running') throw ended();
      if (run.waitingInput + text.length > WAITING_INPUT) {
        throw new PortcullisError('proc.input_full', 'The command does not read its input.', {
          hint: 'Wait until it has read what was written.',
          retryable: true,
        });
      }
      run.write(text);
      return undefined;
    });
  }

  async kill(id: string): Promise<ProcResult> {
    const entry = this.#rooms.processes.get(this.#sessionKey, id);
    await this.#gate.perform({
      kind: 'proc',
      action: 'kill',
      facts: { process: id },
      subject: { id },
      decide: async () => [ENDING],
      act: async () => {
        entry.run.stop('killed');
        await entry.run.ended.catch(() => undefined);
      },
    });
    await this.#learn(entry);
    return describe(entry, entry.run.output.next());
  }

  get #sessionKey(): string {
    return this.#gate.site.run.sessionKey;
  }

  /** Takes an effect of a command its way: decided twice where a person is asked, then done. */
  async #perform<T>(
    action: 'run' | 'write',
    request: ProcRequest,
    more: { readonly id?: string; readonly text: string | null },
    act: (facts: CommandFacts, judgement: Judgement, strict: Strictness) => Promise<T>,
  ): Promise<T> {
    const place: JudgePlace = {
      ...this.#place(),
      isTrustable: action === 'run' && saysAll(request),
    };
    const facts = await this.#facts(request);
    const { host } = await judge(facts, place);
    const subject = { ...subjectOf(facts, host, place.settings), ...more };
    const expected = subjectHash(subject);
    let latest: { facts: CommandFacts; judgement: Judgement } | undefined;
    let asked = false;
    const decide = async (at: JudgePlace): Promise<readonly Decision[]> => {
      const now = await this.#facts(request);
      const judgement = await judge(now, at);
      const same = subjectHash({ ...subjectOf(now, judgement.host, at.settings), ...more });
      latest = { facts: now, judgement };
      // What was allowed for good was allowed for these files, as much as what is allowed now.
      asked ||= judgement.trusted || judgement.decisions.some(({ effect }) => effect === 'ask');
      return same === expected ? judgement.decisions : [MISMATCH];
    };
    return await this.#gate.perform({
      kind: 'proc',
      action,
      facts: {
        host,
        commandHash: textHash(request.command),
        digest: expected,
        background: request.background === true,
        process: more.id,
        textHash: more.text === null ? undefined : textHash(more.text),
      },
      subject,
      leaves: more.text === null ? textsOf(request) : [more.text],
      sink: { kind: 'exec', command: request.command },
      decide: () => decide(place),
      unanswered: (approver) => decide({ ...place, approver }),
      standing: async () => {
        const entries = latest?.judgement.trust;
        if (latest === undefined || entries === undefined) return undefined;
        return { kind: 'exec', digest: lineHash(latest.facts), entries };
      },
      act: async () => {
        if (latest === undefined) throw mismatch();
        const pinned = asked || !isBroad(latest.judgement);
        return await act(latest.facts, latest.judgement, { pinned, approved: asked });
      },
      outcome: () => (more.id === undefined ? {} : { process: more.id }),
    });
  }

  async #start(
    facts: CommandFacts,
    { host }: Judgement,
    strict: Strictness,
  ): Promise<ProcessEntry> {
    const { processes, sandbox } = this.#rooms;
    const { request } = facts;
    const place = this.#place();
    if (host === undefined || host === 'node') throw mismatch();
    processes.admit(this.#sessionKey);
    const { access } = place.settings;
    const seen =
      host === 'sandbox' ? await viewOf(this.#kernel, facts.workspace.path, access) : undefined;
    const now = await directoryAt(facts.cwd.path);
    const { path, dev, ino } = facts.cwd;
    if (now?.path !== path || now.dev !== dev || now.ino !== ino) throw mismatch();
    const reach = reachOf(seen, facts.workspace.path);
    const { agentId } = this.#gate.site.run;
    const reading =
      typeof reach === 'string' ? undefined : await beginReading(agentId, reach.workspace);
    const work: Work = facts.plan ?? { shell: request.command };
    const longest = longestRun(this.#kernel, this.#gate.site.run.agentId);
    const preset = request.background === true ? longest : FOREGROUND_MS;
    const inside =
      seen === undefined ? undefined : await this.#inside(seen, place.settings, reading);
    const within = inside === undefined ? undefined : { sandbox, view: inside.view };
    const run = new CommandRun(work, createLauncher({ facts, sandbox: within, ...strict }), {
      cwd: path,
      timeoutMs: Math.min(request.timeoutMs ?? preset, longest),
      interactive: request.background === true,
      ...(request.input === undefined ? {} : { input: request.input }),
    });
    const close = (): void => void inside?.close();
    run.ended.then(close, close);
    const networked = inside?.view.tunnel !== undefined;
    const entry = { sessionKey: this.#sessionKey, request, run, reach, networked };
    return processes.add({ ...entry, ...(reading === undefined ? {} : { reading }) });
  }

  async #inside(
    view: SandboxView,
    settings: SandboxSettings,
    reading: Reading | undefined,
  ): Promise<Inside> {
    const { resolve, processes } = this.#rooms;
    const place = { kernel: this.#kernel, gate: this.#gate, resolve };
    if (settings.network === 'proxy') {
      // What it can read it can send: each of its connections is judged by that.
      const alone = reading !== undefined && !processes.isBusy(reading.workspace);
      const stored =
        reading === undefined ? {} : { stored: await labelOfReading(this.#kernel, reading, alone) };
      await this.#gate.site.flow.learn({ from: 'external', ...stored });
    }
    return await openInside(place, view, settings);
  }

  /** What the caller is told: the end, or that it goes on. */
  async #outcome(entry: ProcessEntry): Promise<{ result: ProcResult; seen: boolean }> {
    const { request, run } = entry;
    if (request.background === true) {
      entry.background = true;
      return { result: describe(entry, run.output.next()), seen: true };
    }
    const { signal, run: inbox } = this.#gate.site;
    const stop = (): void => run.stop('killed');
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      const patience = backgroundAfter(this.#kernel, inbox.agentId);
      if (patience === undefined) await run.ended;
      else await settled(run, patience);
    } finally {
      signal.removeEventListener('abort', stop);
    }
    if (run.state === 'running') {
      entry.background = true;
      return { result: describe(entry, run.output.next()), seen: true };
    }
    await run.ended;
    return { result: describe(entry, run.output.all()), seen: false };
  }

  /** Writes down what its output brings into the session, before anybody sees it. */
  async #learn(entry: ProcessEntry): Promise<void> {
    const { flow, run } = this.#gate.site;
    const { reach, reading, networked } = entry;
    if (reach === 'nothing') {
      await flow.learn({ from: networked ? 'external' : run.principal.trust, source: PRINTED });
      return;
    }
    // What runs on, or runs on the machine itself, can read more than can be looked through.
    const isOver = entry.run.state !== 'running' && !entry.background;
    const alone = isOver && !this.#rooms.processes.hasCompany(entry);
    const stored =
      reading === undefined ? topLabel : await labelOfReading(this.#kernel, reading, alone);
    const from = networked ? 'external' : run.principal.trust;
    await flow.learn({ from, stored, source: PRINTED });
  }

  /** What a command left in the workspace is as private, and as trusted, as what it could read. */
  async #labelLeavings(entry: ProcessEntry): Promise<void> {
    const { reading } = entry;
    if (reading === undefined || this.#rooms.processes.hasCompany(entry)) return;
    await labelLeavings(this.#kernel, reading, (tx) => this.#gate.site.flow.labelIn(tx));
  }

  #place(): JudgePlace {
    const { site } = this.#gate;
    const { sandbox, grants } = this.#rooms;
    const settings = sandboxOf(this.#kernel, site.run);
    return { kernel: this.#kernel, site, sandbox, grants, settings, isTrustable: false };
  }

  async #facts(request: ProcRequest): Promise<CommandFacts> {
    const { agentId, sessionKey } = this.#gate.site.run;
    const agent = this.#kernel.agents().find(({ id }) => id === agentId);
    return await factsOf(request, {
      agentId,
      sessionKey,
      workspace: agent?.workspace ?? this.#kernel.paths.workspaceDir,
      path: (workspace) => searchPathOf(this.#kernel, agentId, workspace),
    });
  }
}

/** How closely what starts is held to what was decided. */
interface Strictness {
  readonly pinned: boolean;
  readonly approved: boolean;
}

/** True for an answer that is about any command, not about these programs. */
function isBroad({ decisions: [exec] }: Judgement): boolean {
  return exec?.code === 'exec.full' || exec?.code === 'exec.sandbox';
}

/** What a command is told. */
function textsOf({ command, env = {}, input = '' }: ProcRequest): readonly string[] {
  return [command, ...Object.entries(env).flat(), input];
}

function describe(
  { id, run, background }: ProcessEntry,
  output: { readonly text: string; readonly truncated: boolean },
): ProcResult {
  const { exit, state } = run;
  return {
    ...(background ? { id } : {}),
    state,
    ...(exit === undefined ? {} : { exitCode: exit.code }),
    ...(exit?.signal === undefined ? {} : { signal: exit.signal }),
    elapsedMs: run.elapsedMs,
    output: output.text,
    truncated: output.truncated,
  };
}

function ended(): PortcullisError {
  return new PortcullisError('proc.ended', 'The command has ended.', {
    hint: 'Look at its output, or run it again.',
  });
}

/** Resolves when the command has ended, or after a while. */
async function settled(run: CommandRun, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([run.ended.catch(() => undefined), late.promise]);
  clearTimeout(timer);
}
