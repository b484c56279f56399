/**
 * `GET /metrics`.
 *
 * @module
 */
import type { HttpRoute } from './route.ts';
import { isMeasured } from './metrics/metrics.ts';

/** The endpoint. Off unless `gateway.http.metrics.enabled`. */
export const metricsRoute: HttpRoute = {
  paths: ['/metrics'],
  methods: ['GET'],
  access: 'operator.read',
  isOn: ({ services }) => isMeasured(services),
  answer: async ({ options }) => ({
    status: 200,
    body: await options.metrics.text(),
    type: 'text/plain; version=0.0.4; charset=utf-8',
  }),
};
