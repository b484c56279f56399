/**
 * Asks the assistant one question and stops. Run it with: node src/main.ts "When is high water?"
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startAssistant } from './assistant.ts';
import { tidesPlugin } from './tides.ts';

const { gateway, ask } = await startAssistant({
  stateDir: join(tmpdir(), 'portcullis-example'),
  plugins: [tidesPlugin((harbour) => (harbour === 'Whitby' ? '04:12 UTC' : undefined))],
  config: {
    gateway: { mode: 'local', auth: { mode: 'token', token: crypto.randomUUID() } },
    tools: { profile: 'messaging', alsoAllow: ['tides'] },
  },
});
console.log(await ask(crypto.randomUUID(), process.argv[2] ?? 'Hello!'));
await gateway.stop();
