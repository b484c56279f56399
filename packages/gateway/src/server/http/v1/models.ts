/**
 * `GET /v1/models`: the agents, under the names the endpoints take for a model.
 *
 * @module
 */
import { jsonAnswer } from '../answer.ts';
import type { HttpRoute } from '../route.ts';
import { isServed } from './endpoint.ts';

/** The list. On where one of the endpoints is. */
export const models: HttpRoute = {
  paths: ['/v1/models'],
  methods: ['GET'],
  access: 'operator.read',
  isOn: (options) => isServed(options, 'chatCompletions') || isServed(options, 'responses'),
  answer: ({ options: { services } }) => {
    const created = Math.floor(services.startedAt / 1000);
    const names = ['openclaw', 'openclaw/default'];
    const agents = services.agents().map(({ id }) => `openclaw/${id}`);
    const data = [...new Set([...names, ...agents])].map((id) => ({
      id,
      object: 'model',
      created,
      owned_by: 'openclaw',
    }));
    return jsonAnswer(200, { object: 'list', data });
  },
};
