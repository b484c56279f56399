/**
 * The rooms a message walks through, each given only what it needs of the others.
 *
 * @module
 */
import type { Event } from '@portcullis/core';

import { ApprovalAnswers } from './approvals/answer.ts';
import { Approvals } from './approvals/approvals.ts';
import { describeApproval } from './approvals/describe.ts';
import { ApprovalPrompts } from './approvals/prompt.ts';
import { createBrokers } from './brokers/brokers.ts';
import { Workspaces } from './brokers/files/workspaces.ts';
import type { Resolve } from './brokers/net/resolve.ts';
import { Processes } from './brokers/proc/processes.ts';
import { Sandbox } from './brokers/proc/sandbox.ts';
import { planChannels } from './channels/channel-plans.ts';
import { Channels } from './channels/channels.ts';
import { Chat } from './chat.ts';
import type { Secrets } from './config/index.ts';
import { Control } from './control.ts';
import { Gate } from './intake/gate.ts';
import { GatewayInbox, type InboxRun } from './intake/inbox.ts';
import { type Kernel, commit } from './kernel.ts';
import { Lanes } from './session/lanes.ts';
import type { Models } from './models.ts';
import { Notices } from './notices.ts';
import { Outbox } from './outbox/outbox.ts';
import type { ChannelOf } from './outbox/row.ts';
import { Pairing } from './pairing/pairing.ts';
import { Runs } from './session/runs.ts';
import { Sessions, renewSession } from './session/sessions.ts';
import { TurnRecord } from './turn/record.ts';
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
  readonly channels: Channels;
  readonly processes: Processes;
}

/** What rooms are built from, beside the kernel. */
export interface RoomOptions {
  readonly secrets: Secrets;
  readonly models: Models;
  readonly installHint: (channel: string) => string;
  readonly addOwner: (entry: string) => Promise<void>;
  readonly resolve: Resolve;
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
  const approvals = new Approvals(kernel, {
    prompt: (tx, row) => prompts.write(tx, row),
    requested: (row) =>
      notices.tell({ type: 'approval', phase: 'requested', approval: describeApproval(row) }),
    resolved: (row) =>
      notices.tell({ type: 'approval', phase: 'resolved', approval: describeApproval(row) }),
  });
  const answers = new ApprovalAnswers(kernel, approvals);
  const processes = new Processes();
  const proc = { processes, sandbox: new Sandbox() };
  const sessions = new Sessions(kernel, runs, (sessionKey, agentId, reason) => {
    if (reason !== 'patch') processes.endSession(sessionKey);
    notices.tell({ type: 'session', sessionKey, agentId, reason });
  });
  const quiet = (work: Promise<unknown> | undefined, what: string): void => {
    work?.catch((cause: unknown) => kernel.log.warn({ err: cause }, `channel: ${what} failed`));
  };
  const answerButton = (event: Event, text: string): void => {
    const { channel, accountId } = event.conversation;
    const live = channelOf(channel, accountId);
    quiet(live?.answerButton?.(event, text, AbortSignal.timeout(5000)), 'answering a button');
  };
  const workspaces = new Workspaces(kernel);
  const turns = new Turns(kernel, {
    record: new TurnRecord(kernel, {
      inbox,
      outbox,
      paired: (event) => pairedFor(pairing, event),
      openCalls: (tx, runId) => approvals.openCalls(tx, runId),
    }),
    approvals,
    brokers: (site) =>
      createBrokers(
        kernel,
        { approvals, outbox, workspaces, resolve: options.resolve, proc },
        site,
      ),
    settings: (tool) => toolSettings(tool, () => kernel.config().value, options.secrets),
    runs,
    models: options.models,
    channelOf,
    readmit: (event) => gate.readmit(event),
    deliver: (rows) => outbox.deliver(rows),
    tell: notices.tell,
    typing: ({ conversation }) => {
      const channel = channelOf(conversation.channel, conversation.accountId);
      quiet(channel?.typing?.(conversation, AbortSignal.timeout(5000)), 'typing');
    },
  });
  const control = new Control(kernel, {
    inbox,
    outbox,
    runs,
    resetSession: (run) => {
      processes.endSession(run.sessionKey);
      return resetSession(kernel, notices, run);
    },
    setActivation: (run, activation) => gate.setActivation(run, activation),
    approve: (event, run, args) => answers.command(event, run, args),
    press: (event, run) => answers.press(event, run),
    answerButton,
  });
  const gate: Gate = new Gate(kernel, {
    inbox,
    outbox,
    pairing,
    wake: (key, run) => lanes.enter(run.sessionKey, () => takeTurn(kernel, turns, key)),
    isRunning: (runId) => runs.get(runId) !== undefined,
    hasRoom: (sessionKey) => lanes.hasRoom(sessionKey),
    control: (key, event, run) => control.run(key, event, run),
    isBound: (event) => answers.isBound(event),
    unbound: (event) => {
      const told = answers.unboundText(event).then((text) => {
        if (text !== undefined) answerButton(event, text);
      });
      quiet(told, 'looking up a button');
    },
    leave: (room) => {
      quiet(
        channelOf(room.channel, room.accountId)?.leave?.(room, AbortSignal.timeout(10_000)),
        'leaving a room',
      );
    },
  });
  const plans = await planChannels({
    config: kernel.config(),
    secrets: options.secrets,
    registry: kernel.registry,
    installHint: options.installHint,
  });
  const channels: Channels = new Channels(kernel, inbox, plans);
  const chat = new Chat(kernel, inbox, runs);
  return {
    approvals,
    notices,
    inbox,
    outbox,
    pairing,
    gate,
    lanes,
    runs,
    sessions,
    chat,
    channels,
    processes,
  };
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
