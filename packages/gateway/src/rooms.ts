/**
 * The rooms a message walks through, each given only what it needs of the others.
 *
 * @module
 */
import type { Event } from '@portcullis/core';

import { ApprovalAnswers } from './approvals/answer.ts';
import type { Approvals } from './approvals/approvals.ts';
import { createApprovals } from './approvals/create.ts';
import { ApprovalPrompts } from './approvals/prompt.ts';
import { createBrokers, refuseIntentions } from './brokers/brokers.ts';
import { Adoption } from './brokers/files/adoption.ts';
import type { ToolsOf } from './brokers/sessions/delegating.ts';
import { Workspaces } from './brokers/files/workspaces.ts';
import type { Resolve } from './brokers/net/resolve.ts';
import { Processes } from './brokers/proc/processes.ts';
import { Sandbox } from './brokers/proc/sandbox.ts';
import { planChannels } from './channels/channel-plans.ts';
import { Channels } from './channels/channels.ts';
import { Gestures } from './channels/gestures.ts';
import { behind } from './behind.ts';
import { Budgets } from './budgets/budgets.ts';
import { Chat } from './chat.ts';
import type { Secrets } from './config/index.ts';
import { Control } from './control.ts';
import { Delegations } from './delegation/delegations.ts';
import { ExecCommands } from './intake/exec-commands.ts';
import { HookDoor } from './hooks/door.ts';
import { Gate } from './intake/gate.ts';
import { GatewayInbox, type InboxRun } from './intake/inbox.ts';
import { toolFacts } from './intake/tool-facts.ts';
import { type Kernel, commit } from './kernel.ts';
import { Lanes } from './session/lanes.ts';
import type { Models } from './models.ts';
import type { WorkspaceService } from './workspace-service.ts';
import { Notices } from './notices.ts';
import { Outbox } from './outbox/outbox.ts';
import type { ChannelOf } from './outbox/row.ts';
import { Pairing } from './pairing/pairing.ts';
import { QuestionButtons, promptIn } from './questions/buttons.ts';
import type { QuestionRow } from './questions/question.ts';
import { type QuestionListener, Questions } from './questions/questions.ts';
import { describeQuestion } from './questions/service.ts';
import { Runs } from './session/runs.ts';
import { Clock } from './schedule/clock.ts';
import { Jobs } from './schedule/jobs.ts';
import type { Reach } from './schedule/making.ts';
import { JobRuns } from './schedule/runs.ts';
import { OperatorSchedule } from './schedule/service.ts';
import { Sessions, renewSession } from './session/sessions.ts';
import { ToolServers } from './tool-servers/tool-servers.ts';
import { TurnRecord, isGatewayDoor } from './turn/record.ts';
import { offeredTools, toolsToHandOn } from './turn/tool-decision.ts';
import { toolSettings } from './turn/tool-settings.ts';
import { Turns } from './turn/turn.ts';

/** Every room of a gateway. */
export interface Rooms {
  readonly notices: Notices;
  readonly inbox: GatewayInbox;
  readonly outbox: Outbox;
  readonly pairing: Pairing;
  readonly gate: Gate;
  readonly lanes: Lanes;
  readonly runs: Runs;
  readonly sessions: Sessions;
  readonly chat: Chat;
  readonly approvals: Approvals;
  readonly budgets: Budgets;
  readonly workspaces: WorkspaceService;
  readonly questions: Questions;
  readonly delegations: Delegations;
  readonly channels: Channels;
  readonly processes: Processes;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly jobRuns: JobRuns;
  readonly schedule: OperatorSchedule;
  readonly toolServers: ToolServers;
  readonly hooks: HookDoor;
}

/** What rooms are built from, beside the kernel. */
export interface RoomOptions {
  readonly secrets: Secrets;
  readonly models: Models;
  readonly installHint: (channel: string) => string;
  readonly addOwner: (entry: string) => Promise<void>;
  readonly resolve: Resolve;
}

/** The rooms that others are built from. */
interface Ground extends RoomOptions {
  readonly kernel: Kernel;
  readonly notices: Notices;
  readonly runs: Runs;
  readonly inbox: GatewayInbox;
  readonly outbox: Outbox;
  readonly pairing: Pairing;
  readonly approvals: Approvals;
  readonly budgets: Budgets;
  readonly workspaces: Workspaces;
  readonly questions: Questions;
  readonly delegations: Delegations;
  readonly lanes: Lanes;
  readonly processes: Processes;
  readonly sandbox: Sandbox;
  readonly toolServers: ToolServers;
  readonly gestures: Gestures;
  readonly hooks: HookDoor;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly reach: Reach;
  readonly channelOf: ChannelOf;
  /** Known late: the gate stands at the other end of the way. */
  readonly gate: () => Gate;
}

/** Builds all rooms. Nothing runs yet. */
export async function createRooms(kernel: Kernel, options: RoomOptions): Promise<Rooms> {
  const notices = new Notices(kernel.log);
  const runs = new Runs(notices.tell, () => kernel.now());
  const lanes = new Lanes();
  // The way is a circle (channel to inbox to gate to turn to outbox to channel), so that its first
  // and last station learn of each other late.
  const channelOf: ChannelOf = (channel, accountId) => channels.find(channel, accountId);
  const inbox = new GatewayInbox(kernel, (key, event) => gate.take(key, event));
  const outbox = new Outbox(kernel, channelOf);
  const pairing = new Pairing(kernel, { outbox, addOwner: options.addOwner });
  const prompts = new ApprovalPrompts(kernel, { outbox, accounts: () => channels.running() });
  const approvals = createApprovals(kernel, notices, prompts);
  const budgets = new Budgets(kernel);
  const questions = createQuestions(kernel, notices, promptIn(outbox, channelOf));
  const delegations = createDelegations(kernel, notices, inbox, runs);
  const processes = new Processes();
  const sandbox = new Sandbox();
  const workspaces = new Workspaces(kernel);
  const toolServers = await ToolServers.open(kernel, { ...options, approvals, sandbox });
  const sessions = new Sessions(kernel, runs, (sessionKey, agentId, reason) => {
    if (reason !== 'patch') {
      endLife({ kernel, processes, approvals }, sessionKey);
      gestures.quietly(delegations.stopFor(sessionKey), 'stopping sub-agents');
    }
    notices.tell({ type: 'session', sessionKey, agentId, reason });
  });
  const gestures = new Gestures(channelOf, kernel.log);
  const hooks = new HookDoor(kernel, { inbox, secrets: options.secrets });
  const jobs = new Jobs(kernel, notices.tell);
  const jobRuns = new JobRuns(kernel, jobs, inbox);
  const clock = new Clock(kernel, { jobs, runs: jobRuns, outbox, tell: notices.tell });
  const reach: Reach = (run, facts) => toolsToHandOn(kernel, toolServers.toolbox, run, facts);
  const ground: Ground = {
    ...options,
    kernel,
    notices,
    runs,
    inbox,
    outbox,
    pairing,
    approvals,
    budgets,
    workspaces,
    questions,
    delegations,
    lanes,
    processes,
    sandbox,
    toolServers,
    gestures,
    hooks,
    jobs,
    clock,
    reach,
    channelOf,
    gate: () => gate,
  };
  const turns = createTurns(ground);
  const gate: Gate = createGate(ground, (key) => takeTurn(kernel, turns, key));
  const { secrets, installHint } = options;
  const { registry } = kernel;
  const plans = await planChannels({ config: kernel.config(), secrets, registry, installHint });
  const channels: Channels = new Channels(kernel, inbox, plans);
  const chat = new Chat(kernel, inbox, runs, (key) => delegations.stopFor(key));
  return {
    ...ground,
    workspaces: new Adoption(kernel, workspaces, (path) => processes.isBusy(path)),
    gate,
    sessions,
    chat,
    channels,
    jobRuns,
    schedule: new OperatorSchedule(kernel, { jobs, clock, reach }),
    hooks,
  };
}

function createQuestions(
  kernel: Kernel,
  notices: Notices,
  prompt: QuestionListener['prompt'],
): Questions {
  const tell = (phase: 'requested' | 'resolved', row: QuestionRow): void => {
    notices.tell({ type: 'question', phase, question: describeQuestion(row) });
  };
  return new Questions(kernel, {
    prompt,
    requested: (row) => tell('requested', row),
    resolved: (row) => tell('resolved', row),
  });
}

function createDelegations(
  kernel: Kernel,
  notices: Notices,
  inbox: GatewayInbox,
  runs: Runs,
): Delegations {
  const delegations = new Delegations(kernel, { inbox, runs });
  notices.listen((notice) => {
    if (notice.type === 'lifecycle' && notice.phase !== 'start') delegations.ran(notice.runId);
  });
  return delegations;
}

function createTurns(ground: Ground): Turns {
  const { kernel, inbox, outbox, approvals, budgets, questions, pairing, notices, resolve } =
    ground;
  const { workspaces } = ground;
  const { grants } = approvals;
  const proc = { processes: ground.processes, sandbox: ground.sandbox, resolve, grants };
  const { toolServers, runs, jobs, clock, reach, delegations, lanes } = ground;
  const sessions = { runs, delegations, toolsOf: toolsFor(ground) };
  const schedule = { jobs, clock, reach };
  const brokers = {
    approvals,
    budgets,
    outbox,
    questions,
    sessions,
    schedule,
    workspaces,
    resolve,
    proc,
  };
  return new Turns(kernel, {
    record: new TurnRecord(kernel, {
      inbox,
      outbox,
      budgets,
      paired: (event) => pairedFor(pairing, event),
      openCalls: async (tx, runId) => {
        const waiting = [approvals, questions, delegations].map((room) =>
          room.openCalls(tx, runId),
        );
        return new Set((await Promise.all(waiting)).flatMap((calls) => [...calls]));
      },
    }),
    approvals,
    budgets,
    brokers: (site) => createBrokers(kernel, brokers, site),
    refuse: (site, requests) => refuseIntentions(kernel, brokers, site, requests),
    toolbox: toolServers.toolbox,
    serve: (site, tool, input) => toolServers.call(site, tool, input),
    settings: (tool, agentId) =>
      toolSettings(tool, agentId, () => kernel.config().value, ground.secrets),
    runs,
    models: ground.models,
    channelOf: ground.channelOf,
    readmit: (event, run) => ground.gate().readmit(event, run),
    deliver: (rows) => outbox.deliver(rows),
    tell: notices.tell,
    park: (wait) => lanes.park(wait),
    typing: ground.gestures.typing,
  });
}

/** What a run may hand on: the tools it has itself. */
function toolsFor({ kernel, models, toolServers }: Ground): ToolsOf {
  const { toolbox } = toolServers;
  return (run, event) => {
    const facts = toolFacts(event, models.forAgent(run.agentId).id);
    return { facts, tools: offeredTools(kernel, toolbox, run, facts).map(({ name }) => name) };
  };
}

function createGate(ground: Ground, take: (key: string) => Promise<void>): Gate {
  const { kernel, inbox, outbox, runs, pairing, approvals, questions, gestures, notices } = ground;
  const { lanes, delegations } = ground;
  const answers = new ApprovalAnswers(kernel, approvals);
  const buttons = new QuestionButtons(kernel, questions);
  const control = new Control(kernel, {
    inbox,
    outbox,
    runs,
    stopDelegated: (sessionKey) => delegations.stopFor(sessionKey),
    resetSession: async (run) => {
      endLife(ground, run.sessionKey);
      await delegations.stopFor(run.sessionKey);
      await resetSession(kernel, notices, run);
    },
    setActivation: (run, activation) => ground.gate().setActivation(run, activation),
    approve: (event, run, args) => answers.command(event, run, args),
    execCommands: new ExecCommands(kernel),
    press: async (event, run) =>
      (await answers.press(event, run)) ?? (await buttons.press(event, run)),
    answerButton: gestures.answerButton,
  });
  return new Gate(kernel, {
    inbox,
    outbox,
    pairing,
    wake: (key, run) => lanes.enter(run.sessionKey, () => take(key)),
    isRunning: (runId) => runs.get(runId) !== undefined,
    hasRoom: (sessionKey) => lanes.hasRoom(sessionKey),
    control: (key, event, run) => control.run(key, event, run),
    isBound: async (event) => (await answers.isBound(event)) || (await buttons.isBound(event)),
    unbound: (event) =>
      gestures.quietly(tellUnbound([answers, buttons], gestures, event), 'looking up a button'),
    answer: async (tx, event, run) => {
      const row = await questions.take(tx, event, run);
      if (row === undefined) return undefined;
      return () => {
        questions.told(row);
        // Whoever wrote over the gateway protocol waits for the end of a run of his own.
        if (isGatewayDoor(event)) runs.begin(run).end('ok', { text: '', stopReason: 'stop' });
      };
    },
    behind: (event) =>
      behind(kernel, { ...ground, standing: (of) => ground.gate().standing(of) }, event),
    leave: gestures.leave,
  });
}

/** Commands, pages and what was allowed for good go with a session; a new one could not use them. */
function endLife(
  { kernel, processes, approvals }: Pick<Ground, 'kernel' | 'processes' | 'approvals'>,
  sessionKey: string,
): void {
  processes.endSession(sessionKey);
  const browser = kernel.registry.browsers.get('browser');
  browser?.endSession(sessionKey).catch((cause: unknown) => {
    kernel.log.warn({ err: cause }, 'browser: the pages of an ended session could not be closed');
  });
  approvals.grants.endSession(sessionKey).catch((cause: unknown) => {
    kernel.log.warn(
      { err: cause },
      'approvals: the grants of an ended session could not be deleted',
    );
  });
}

/** Says why a button does nothing, to those who may know. */
async function tellUnbound(
  kinds: readonly Pick<ApprovalAnswers, 'unboundText'>[],
  gestures: Gestures,
  event: Event,
): Promise<void> {
  for (const kind of kinds) {
    const text = await kind.unboundText(event);
    if (text !== undefined) gestures.answerButton(event, text);
  }
}

function pairedFor(pairing: Pairing, { conversation }: Event): Promise<readonly string[]> {
  const { channel, accountId, kind } = conversation;
  return kind === 'direct' ? pairing.paired(channel, accountId) : Promise.resolve([]);
}

/** A turn whose store fails leaves its row admitted: the next process takes it up. */
async function takeTurn(kernel: Kernel, turns: Turns, key: string): Promise<void> {
  try {
    await turns.take(key);
  } catch (cause) {
    kernel.log.error({ err: cause }, 'turn: could not be taken; it begins again after a restart');
  }
}

async function resetSession(kernel: Kernel, notices: Notices, run: InboxRun): Promise<void> {
  const { sessionKey, agentId } = run;
  await commit(kernel, (tx) => renewSession(tx, sessionKey, kernel.now()));
  notices.tell({ type: 'session', sessionKey, agentId, reason: 'reset' });
}
