import { describeTool } from '@portcullis/testkit';

import { cron } from '../src/cron.ts';

describeTool({
  tool: cron,
  inputs: [
    { action: 'list' },
    {
      action: 'add',
      job: {
        name: 'tea',
        schedule: { kind: 'at', at: '2030-01-01T00:00:00Z' },
        payload: { kind: 'agentTurn', message: 'Is the tea ready?' },
      },
    },
  ],
});
