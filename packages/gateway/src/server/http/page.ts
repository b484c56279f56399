/**
 * The Control UI: its files, and what it has to know before it connects.
 *
 * @module
 */
import type { Services } from '../../services.ts';
import { defaultAgentId } from '../methods/default-agent.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import type { HttpRoute } from './route.ts';

function uiConfig(services: Services): Answer {
  const assistantAgentId = defaultAgentId(services);
  const agent = services.agents().find(({ id }) => id === assistantAgentId);
  return jsonAnswer(200, {
    basePath: '',
    assistantName: agent?.name ?? 'Assistant',
    assistantAvatar: null,
    assistantAgentId,
    serverVersion: services.version,
    embedSandbox: 'scripts',
    allowExternalEmbedUrls: false,
    terminalEnabled: false,
    pluginAssetsRequireAuth: true,
  });
}

/** What the page asks for beside its files. */
export const pageRoutes: readonly HttpRoute[] = [
  {
    paths: ['/control-ui-config.json', '/__openclaw/control-ui-config.json'],
    methods: ['GET'],
    access: 'operator.read',
    answer: ({ options }) => uiConfig(options.services),
  },
];
