/**
 * Whether the gateway lives and can work.
 *
 * @module
 */
import { jsonAnswer } from './answer.ts';
import type { HttpRoute } from './route.ts';

/** What a supervisor or a load balancer asks. */
export const probes: readonly HttpRoute[] = [
  {
    paths: ['/health', '/healthz'],
    methods: ['GET'],
    access: 'anybody',
    answer: () => jsonAnswer(200, { ok: true, status: 'live' }),
  },
  {
    paths: ['/ready', '/readyz'],
    methods: ['GET'],
    access: 'anybody',
    answer: ({ peer, options: { services, failing } }) => {
      const faults = failing();
      const ready = faults.length === 0;
      // What is wrong inside is for this machine only.
      const details = peer.local
        ? { failing: faults, uptimeMs: Math.max(0, Date.now() - services.startedAt) }
        : {};
      return jsonAnswer(ready ? 200 : 503, { ready, ...details });
    },
  },
];
