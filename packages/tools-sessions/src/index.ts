/**
 * People and other sessions for the agent. The tools have no way to either but the brokers `send`,
 * `sessions` and `ask`, which ask policy about every call.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';

import { agentsList } from './agents-list.ts';
import { askUser } from './ask-user.ts';
import { message } from './message.ts';
import { sessionStatus } from './session-status.ts';
import { sessionsHistory } from './sessions-history.ts';
import { sessionsList } from './sessions-list.ts';
import { sessionsSend } from './sessions-send.ts';
import { sessionsSpawn } from './sessions-spawn.ts';

/** Offers the tools that reach people, sessions and agents. */
const plugin: Plugin = {
  id: 'sessions',
  register(registry) {
    registry.tool(message);
    registry.tool(askUser);
    registry.tool(sessionsList);
    registry.tool(sessionsHistory);
    registry.tool(sessionsSend);
    registry.tool(sessionsSpawn);
    registry.tool(sessionStatus);
    registry.tool(agentsList);
  },
};

export default plugin;
