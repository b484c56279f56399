/**
 * The rooms a message walks through, each given only what it needs of the others.
 *
 * @module
 */

import type { Approvals } from '../approvals/approvals.ts';
import { createApprovals } from '../approvals/create.ts';
import { ApprovalPrompts } from '../approvals/prompt.ts';
import { Adoption } from '../brokers/files/adoption.ts';
import { Workspaces } from '../brokers/files/workspaces.ts';
import { Processes } from '../brokers/proc/processes.ts';
import { Sandbox } from '../brokers/proc/sandbox.ts';
import { planChannels } from '../channels/channel-plans.ts';
import { Channels } from '../channels/channels.ts';
import { Gestures } from '../channels/gestures.ts';
import { Budgets } from '../budgets/budgets.ts';
import { Chat } from '../chat.ts';
import { Delegations } from '../delegation/delegations.ts';
import { HookDoor } from '../hooks/door.ts';
import { Gate } from '../intake/gate.ts';
import { GatewayInbox } from '../intake/inbox.ts';
import { type Kernel } from '../kernel.ts';
import { Lanes } from '../session/lanes.ts';
import type { ToolService } from '../services/tools.ts';
import type { WorkspaceService } from '../services/workspaces.ts';
import { Nodes } from '../nodes/nodes.ts';
import { Notices } from '../notices.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { ChannelOf } from '../outbox/row.ts';
import { Pairing } from '../pairing/pairing.ts';
import { promptIn } from '../questions/buttons.ts';
import type { QuestionRow } from '../questions/question.ts';
import { type QuestionListener, Questions } from '../questions/questions.ts';
import { describeQuestion } from '../questions/service.ts';
import { Runs } from '../session/runs.ts';
import { Clock } from '../schedule/clock.ts';
import { Jobs } from '../schedule/jobs.ts';
import type { Reach } from '../schedule/making.ts';
import { JobRuns } from '../schedule/runs.ts';
import { OperatorSchedule } from '../schedule/service.ts';
import { Sessions } from '../session/service.ts';
import { ToolServers } from '../tool-servers/tool-servers.ts';
import { toolsToHandOn } from '../turn/tool-decision.ts';
import { SingleCalls } from '../turn/single-call.ts';
import { Turns } from '../turn/turn.ts';
import { endLife } from './end-life.ts';
import { createGate } from './gate.ts';
import type { Ground, RoomOptions } from './ground.ts';
import { toolDesk } from './tools.ts';
import { createTurns } from './turns.ts';

/** Every room of a gateway. */
export interface Rooms {
  readonly notices: Notices;
  readonly inbox: GatewayInbox;
  readonly outbox: Outbox;
  readonly pairing: Pairing;
  readonly gate: Gate;
  readonly lanes: Lanes;
  readonly tools: ToolService;
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
  readonly nodes: Nodes;
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
  const nodes = new Nodes(kernel, { approvals, tell: notices.tell });
  const budgets = new Budgets(kernel);
  const questions = createQuestions(kernel, notices, promptIn(outbox, channelOf));
  const delegations = createDelegations(kernel, notices, inbox, runs);
  const processes = new Processes();
  const sandbox = new Sandbox();
  const workspaces = new Workspaces(kernel);
  const toolServers = await ToolServers.open(kernel, { ...options, approvals, sandbox });
  const sessions = new Sessions(kernel, runs, (sessionKey, agentId, reason) => {
    if (reason === 'reset' || reason === 'delete') {
      endLife({ kernel, processes, approvals }, sessionKey);
      gestures.quietly(delegations.stopFor(sessionKey), 'stopping sub-agents');
    }
    notices.tell({ type: 'session', sessionKey, agentId, reason });
  });
  const calls = new SingleCalls(kernel, { inbox, runs });
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
    nodes,
    budgets,
    workspaces,
    questions,
    delegations,
    lanes,
    calls,
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
  return {
    ...ground,
    workspaces: new Adoption(kernel, workspaces, (path) => processes.isBusy(path)),
    gate,
    sessions,
    chat: new Chat(kernel, { inbox, runs, lanes }, (key) => delegations.stopFor(key)),
    tools: toolDesk(kernel, ground),
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

/** A turn whose store fails leaves its row admitted: the next process takes it up. */
async function takeTurn(kernel: Kernel, turns: Turns, key: string): Promise<void> {
  try {
    await turns.take(key);
  } catch (cause) {
    kernel.log.error({ err: cause }, 'turn: could not be taken; it begins again after a restart');
  }
}
