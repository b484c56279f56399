/**
 * Everything the gateway keeps. A store is opened with this list.
 *
 * @module
 */
import { floodsTable } from './approvals/flood.ts';
import { grantsTable } from './approvals/grants.ts';
import { approvalsTable } from './approvals/row.ts';
import { budgetsTable } from './budgets/counters.ts';
import { toldTable } from './budgets/notice.ts';
import { delegationsTable } from './delegation/delegation.ts';
import { fileLabelsTable } from './brokers/files/labels.ts';
import { spillsTable } from './brokers/files/spill.ts';
import { revocationsTable } from './capabilities/capabilities.ts';
import { configHistoryTable } from './changes/row.ts';
import { credentialsTable } from './channels/credentials.ts';
import { deliveriesTable } from './hooks/deliveries.ts';
import { inboxTable } from './intake/inbox.ts';
import { nodeCallsTable, nodeRequestsTable, nodesTable } from './nodes/row.ts';
import { outboxBytesTable, outboxFilesTable } from './outbox/files.ts';
import { outboxTable } from './outbox/row.ts';
import { mirrorsTable } from './pairing/mirrors.ts';
import { ownerTable, pairingTable, strangersTable } from './pairing/pairing.ts';
import { roomContextTable } from './intake/room-context.ts';
import { fixesTable } from './posture/fixes/row.ts';
import { postureTable } from './posture/watch/row.ts';
import { questionsTable } from './questions/question.ts';
import { jobRunsTable, jobsTable } from './schedule/job.ts';
import { serverTables } from './server/index.ts';
import { messagesTable, sessionsTable } from './session/sessions.ts';
import { toolPinsTable } from './tool-servers/pins.ts';

/** A table as a store needs to know it. */
export interface TableDeclaration {
  readonly name: string;
  readonly indexes: Readonly<Record<string, readonly string[]>>;
}

/** The tables of one gateway. */
export const gatewayTables: readonly TableDeclaration[] = [
  inboxTable,
  sessionsTable,
  messagesTable,
  outboxTable,
  outboxFilesTable,
  outboxBytesTable,
  pairingTable,
  ownerTable,
  strangersTable,
  mirrorsTable,
  roomContextTable,
  credentialsTable,
  approvalsTable,
  floodsTable,
  grantsTable,
  fileLabelsTable,
  spillsTable,
  revocationsTable,
  budgetsTable,
  toldTable,
  questionsTable,
  deliveriesTable,
  jobsTable,
  jobRunsTable,
  toolPinsTable,
  delegationsTable,
  configHistoryTable,
  fixesTable,
  postureTable,
  nodesTable,
  nodeRequestsTable,
  nodeCallsTable,
  ...serverTables,
];
