import { describeTool } from '@portcullis/testkit';

import { agentsList } from '../src/agents-list.ts';
import { askUser } from '../src/ask-user.ts';
import { message } from '../src/message.ts';
import { sessionStatus } from '../src/session-status.ts';
import { sessionsHistory } from '../src/sessions-history.ts';
import { sessionsList } from '../src/sessions-list.ts';
import { sessionsSend } from '../src/sessions-send.ts';
import { sessionsSpawn } from '../src/sessions-spawn.ts';

const KEY = 'agent:main:main';

describeTool({ tool: message, inputs: [{ text: 'hi' }, { text: 'hi', to: 'telegram:42' }] });
describeTool({
  tool: askUser,
  inputs: [{ question: 'Which?' }, { question: 'Which?', options: ['a', 'b'] }],
});
describeTool({ tool: sessionsList, inputs: [{}, { limit: 3, agentId: 'main' }] });
describeTool({
  tool: sessionsHistory,
  inputs: [{ sessionKey: KEY }, { sessionKey: KEY, limit: 5, includeTools: true }],
});
describeTool({ tool: sessionStatus, inputs: [{}, { sessionKey: KEY }] });
describeTool({ tool: agentsList, inputs: [{}] });
describeTool({
  tool: sessionsSend,
  inputs: [
    { sessionKey: KEY, message: 'hi' },
    { sessionKey: KEY, message: 'hi', wait: false },
  ],
});
describeTool({
  tool: sessionsSpawn,
  inputs: [{ task: 'count' }, { task: 'count', tools: ['read'], timeoutSeconds: 5, wait: false }],
});
