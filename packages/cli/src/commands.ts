/**
 * Every command, as data. Help, the reference and the parser are made from this table.
 *
 * @module
 */
import type { CommandSpec } from './command.ts';
import { agentCommands } from './table/agents.ts';
import { approvalCommands } from './table/approvals.ts';
import { backupCommands } from './table/backup.ts';
import { channelCommands } from './table/channels.ts';
import { configEditCommands } from './table/config-edits.ts';
import { configCommands } from './table/config.ts';
import { cronCommands } from './table/cron.ts';
import { doctorCommands } from './table/doctor.ts';
import { hookCommands } from './table/hooks.ts';
import { mcpCommands } from './table/mcp.ts';
import { messageCommands } from './table/messages.ts';
import { modelCommands } from './table/models.ts';
import { nodeCommands } from './table/nodes.ts';
import { onboardCommands } from './table/onboard.ts';
import { peopleCommands } from './table/people.ts';
import { pluginCommands } from './table/plugins.ts';
import { policyCommands } from './table/policy.ts';
import { programCommands } from './table/program.ts';
import { runCommands } from './table/run.ts';
import { securityCommands } from './table/security.ts';
import { serviceCommands } from './table/service.ts';
import { sessionCommands } from './table/sessions.ts';
import { setUpCommands } from './table/set-up.ts';
import { tuiCommands } from './table/live/tui.ts';
import { gatewayCommands } from './table/live/methods.ts';

/** Every command of `openclaw`. */
export const COMMANDS: readonly CommandSpec[] = [
  ...runCommands,
  ...serviceCommands,
  ...onboardCommands,
  ...setUpCommands,
  ...configEditCommands,
  ...configCommands,
  ...mcpCommands,
  ...hookCommands,
  ...pluginCommands,
  ...channelCommands,
  ...agentCommands,
  ...modelCommands,
  ...peopleCommands,
  ...gatewayCommands,
  ...tuiCommands,
  ...sessionCommands,
  ...messageCommands,
  ...nodeCommands,
  ...approvalCommands,
  ...cronCommands,
  ...policyCommands,
  ...securityCommands,
  ...doctorCommands,
  ...backupCommands,
  ...programCommands,
];
