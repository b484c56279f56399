/**
 * What the rooms of a gateway are built from.
 *
 * @module
 */

import type { Approvals } from '../approvals/approvals.ts';
import type { Workspaces } from '../brokers/files/workspaces.ts';
import type { Resolve } from '../brokers/net/resolve.ts';
import type { Processes } from '../brokers/proc/processes.ts';
import type { Sandbox } from '../brokers/proc/sandbox.ts';
import type { Gestures } from '../channels/gestures.ts';
import type { Budgets } from '../budgets/budgets.ts';
import type { Secrets } from '../config/index.ts';
import type { Delegations } from '../delegation/delegations.ts';
import type { HookDoor } from '../hooks/door.ts';
import type { Gate } from '../intake/gate.ts';
import type { GatewayInbox } from '../intake/inbox.ts';
import type { Kernel } from '../kernel.ts';
import type { Lanes } from '../session/lanes.ts';
import type { Models } from '../models.ts';
import type { Nodes } from '../nodes/nodes.ts';
import type { Notices } from '../notices.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChannelOf } from '../outbox/row.ts';
import type { Pairing } from '../pairing/pairing.ts';
import type { Questions } from '../questions/questions.ts';
import type { Runs } from '../session/runs.ts';
import type { Clock } from '../schedule/clock.ts';
import type { Jobs } from '../schedule/jobs.ts';
import type { Reach } from '../schedule/making.ts';
import type { SingleCalls } from '../turn/single-call.ts';
import type { ToolServers } from '../tool-servers/tool-servers.ts';

/** What rooms are built from, beside the kernel. */
export interface RoomOptions {
  readonly secrets: Secrets;
  readonly models: Models;
  readonly installHint: (channel: string) => string;
  readonly addOwner: (entry: string) => Promise<void>;
  readonly resolve: Resolve;
}

/** The rooms that others are built from. */
export interface Ground extends RoomOptions {
  readonly kernel: Kernel;
  readonly notices: Notices;
  readonly runs: Runs;
  readonly inbox: GatewayInbox;
  readonly outbox: Outbox;
  readonly pairing: Pairing;
  readonly approvals: Approvals;
  readonly nodes: Nodes;
  readonly budgets: Budgets;
  readonly workspaces: Workspaces;
  readonly questions: Questions;
  readonly delegations: Delegations;
  readonly lanes: Lanes;
  readonly calls: SingleCalls;
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
