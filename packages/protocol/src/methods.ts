/**
 * Every method of the control plane, as one table.
 *
 * @module
 */
import type { z } from 'zod';

import { abilityMethods } from './operations/abilities.ts';
import { absentMethods } from './absent.ts';
import { activityMethods } from './operations/activity.ts';
import { agentMethods } from './agents.ts';
import { approvalMethods } from './asking/approvals.ts';
import { approvalRequestMethods } from './asking/approval-requests.ts';
import { auditMethods } from './operations/audit.ts';
import { budgetMethods } from './budgets.ts';
import { configMethods } from './config/methods.ts';
import { cronMethods } from './automation/cron.ts';
import { channelMethods } from './channels.ts';
import { configStatusMethods } from './config/status.ts';
import { chatMethods } from './chat/chat.ts';
import { chatHistoryMethods } from './chat/history.ts';
import { deviceMethods } from './devices.ts';
import { execApprovalsMethods } from './asking/exec-approvals.ts';
import { gatewayMethods } from './gateway.ts';
import { mcpMethods } from './operations/mcp.ts';
import { messageMethods } from './operations/messages.ts';
import { modelMethods } from './models.ts';
import { nodeMethods } from './nodes/methods.ts';
import { outboxMethods } from './operations/outbox.ts';
import { questionMethods } from './asking/questions.ts';
import { securityMethods } from './operations/security.ts';
import { toolMethods } from './operations/tools.ts';
import { sessionChangeMethods } from './sessions/change.ts';
import { sessionReadMethods } from './sessions/read.ts';
import { usageMethods } from './operations/usage.ts';
import { wakeMethods } from './automation/wake.ts';
import { workspaceMethods } from './workspaces.ts';

/** Every method. One that is not here is answered `unknown method: <name>`, to admins only. */
export const METHODS = {
  ...gatewayMethods,
  ...configMethods,
  ...configStatusMethods,
  ...chatMethods,
  ...chatHistoryMethods,
  ...agentMethods,
  ...sessionReadMethods,
  ...sessionChangeMethods,
  ...modelMethods,
  ...channelMethods,
  ...deviceMethods,
  ...nodeMethods,
  ...approvalMethods,
  ...approvalRequestMethods,
  ...questionMethods,
  ...mcpMethods,
  ...execApprovalsMethods,
  ...outboxMethods,
  ...messageMethods,
  ...cronMethods,
  ...wakeMethods,
  ...auditMethods,
  ...securityMethods,
  ...activityMethods,
  ...usageMethods,
  ...budgetMethods,
  ...workspaceMethods,
  ...toolMethods,
  ...abilityMethods,
  ...absentMethods,
};

/** Name of a method. */
export type MethodName = keyof typeof METHODS;

/** Parameters of a method, checked. */
export type MethodParams<M extends MethodName> = z.infer<(typeof METHODS)[M]['params']>;

/** Result of a method. */
export type MethodResult<M extends MethodName> = z.infer<(typeof METHODS)[M]['result']>;
