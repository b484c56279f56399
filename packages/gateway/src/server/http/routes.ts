/**
 * Every route of the HTTP face, beside the webhooks, which prove their senders themselves, and the
 * files of the page.
 *
 * @module
 */
import { invoke } from './invoke.ts';
import { metricsRoute } from './metrics-route.ts';
import { pageRoutes } from './page.ts';
import { probes } from './probes.ts';
import type { HttpRoute } from './route.ts';
import { chatCompletions } from './v1/chat-completions.ts';
import { models } from './v1/models.ts';
import { responses } from './v1/responses.ts';

/** The whole table. */
export const ROUTES: readonly HttpRoute[] = [
  ...probes,
  metricsRoute,
  ...pageRoutes,
  models,
  chatCompletions,
  responses,
  invoke,
];

const BY_PATH: ReadonlyMap<string, HttpRoute> = new Map(
  ROUTES.flatMap((route) => route.paths.map((path) => [path, route] as const)),
);

/** The route at a path in its one spelling. */
export function routeAt(path: string): HttpRoute | undefined {
  return BY_PATH.get(path);
}
