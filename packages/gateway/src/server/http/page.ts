/**
 * The Control UI: its files, and what it has to know before it connects.
 *
 * @module
 */
import { getPath } from '../../config/index.ts';
import type { Services } from '../../services.ts';
import { defaultAgentId } from '../methods/default-agent.ts';
import { type Answer, jsonAnswer, textAnswer } from './answer.ts';
import type { Asked, HttpOptions, HttpRoute } from './route.ts';

/** What stands before every path of the page: empty, or `/ui`. */
export function basePathOf(services: Services): string {
  const path = getPath(services.config().value, 'gateway.controlUi.basePath');
  return typeof path === 'string' ? path.replace(/\/+$/u, '') : '';
}

function uiConfig({ services, assets }: HttpOptions): Answer {
  const assistantAgentId = defaultAgentId(services);
  const agent = services.agents().find(({ id }) => id === assistantAgentId);
  return jsonAnswer(200, {
    basePath: assets?.basePath ?? basePathOf(services),
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
    answer: ({ options }) => uiConfig(options),
  },
];

/** The part of a path that names something of the page; undefined where it is not below it. */
export function insidePage(path: string, { assets }: HttpOptions): string | undefined {
  const base = assets?.basePath ?? '';
  if (base === '' || path === base) return path === base ? '/' : path;
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
}

/** The file or view at a path. */
export async function answerPage({ request, path, options }: Asked): Promise<Answer> {
  const { assets } = options;
  const inside = insidePage(path, options);
  if (assets !== undefined && inside === undefined && path === '/') {
    return textAnswer(302, '', { Location: `${assets.basePath}/` });
  }
  const none = textAnswer(404, 'Not Found');
  if (inside === undefined) return none;
  // Without its last blank the files of a page below another path would be looked for beside it.
  if (inside === '/' && !path.endsWith('/')) return textAnswer(302, '', { Location: `${path}/` });
  return (await assets?.answer(inside, request.headers['if-none-match'])) ?? none;
}
