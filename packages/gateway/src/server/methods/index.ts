/**
 * Every method with its handler.
 *
 * @module
 */
import type { MethodName } from '@portcullis/protocol';

import type { Handlers } from '../plane.ts';
import { abilityHandlers } from './operations/abilities.ts';
import { absentHandlers } from './absent.ts';
import { activityHandlers } from './operations/activity.ts';
import { agentHandlers } from './agents.ts';
import { approvalHandlers } from './asking/approvals.ts';
import { approvalRequestHandlers } from './asking/approval-requests.ts';
import { auditHandlers } from './operations/audit.ts';
import { budgetHandlers } from './operations/budgets.ts';
import { channelHandlers } from './channels.ts';
import { loginHandlers } from './operations/logins.ts';
import { configReaders, configWriters } from './config/methods.ts';
import { chatHandlers } from './chat/chat.ts';
import { chatHistoryHandlers } from './chat/history.ts';
import { cronReaders, cronWriters } from './automation/cron.ts';
import { deviceHandlers } from './devices/pairing.ts';
import { deviceSetupHandlers } from './devices/setup.ts';
import { deviceTokenHandlers } from './devices/tokens.ts';
import { deviceUpgradeHandlers } from './devices/upgrade.ts';
import { execApprovalsHandlers } from './asking/exec-approvals.ts';
import { gatewayHandlers } from './gateway.ts';
import { healthHandlers } from './health.ts';
import { configStatusHandlers } from './config/status.ts';
import { mcpHandlers } from './operations/mcp.ts';
import { messageHandlers } from './operations/messages.ts';
import { modelHandlers } from './models.ts';
import { nodeHandlers } from './nodes/operator.ts';
import { ownNodeHandlers } from './nodes/own.ts';
import { outboxHandlers } from './operations/outbox.ts';
import { questionHandlers } from './asking/questions.ts';
import { securityHandlers } from './operations/security.ts';
import { toolHandlers } from './operations/tools.ts';
import { sessionReaders } from './sessions/read.ts';
import { sessionWriters } from './sessions/change.ts';
import { usageHandlers } from './operations/usage.ts';
import { wakeHandlers } from './automation/wake.ts';
import { workspaceHandlers } from './operations/workspaces.ts';

/** Every method with its handler: a method of the protocol without one does not compile. */
export const handlers: Handlers<MethodName> = {
  ...healthHandlers,
  ...gatewayHandlers,
  ...configReaders,
  ...configWriters,
  ...chatHandlers,
  ...chatHistoryHandlers,
  ...agentHandlers,
  ...sessionReaders,
  ...sessionWriters,
  ...modelHandlers,
  ...channelHandlers,
  ...loginHandlers,
  ...deviceHandlers,
  ...deviceTokenHandlers,
  ...deviceSetupHandlers,
  ...deviceUpgradeHandlers,
  ...nodeHandlers,
  ...ownNodeHandlers,
  ...approvalHandlers,
  ...approvalRequestHandlers,
  ...questionHandlers,
  ...configStatusHandlers,
  ...mcpHandlers,
  ...execApprovalsHandlers,
  ...outboxHandlers,
  ...messageHandlers,
  ...wakeHandlers,
  ...auditHandlers,
  ...securityHandlers,
  ...activityHandlers,
  ...usageHandlers,
  ...budgetHandlers,
  ...workspaceHandlers,
  ...toolHandlers,
  ...cronReaders,
  ...cronWriters,
  ...abilityHandlers,
  ...absentHandlers,
};
