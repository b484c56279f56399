/**
 * Loads plugins of others in a process of its own, where Node itself imports them, and prints what
 * came of it. Argument: a {@link LoadRequest} as JSON.
 */
import { writeFileSync } from 'node:fs';

import { PortcullisError, type ToolContext, createRegistry, silentLogger } from '@portcullis/core';
import { parseConfig, resolvePaths } from '@portcullis/gateway/config';

import { OtherPlugins } from '../../src/plugins/others.ts';

/** What to load, and what to do then. */
export interface LoadRequest {
  readonly home: string;
  /** The section of the config. */
  readonly plugins: object;
  /** A file that is written once they are loaded, and its text. */
  readonly change?: readonly [string, string];
  /** A tool that is called then. */
  readonly call?: string;
}

/** What came of it. */
export interface LoadAnswer {
  readonly tools: readonly string[];
  readonly refused: readonly string[];
  /** What the tool said, or `code: …` of what it threw. */
  readonly said: string;
}

const request = JSON.parse(process.argv[2] ?? '{}') as LoadRequest;
const env = { HOME: request.home };
const paths = resolvePaths(env);
const registry = createRegistry();
const others = new OtherPlugins(paths, registry);
const text = JSON.stringify({ plugins: request.plugins });
await others.load(parseConfig(text, { env, paths }), silentLogger);
if (request.change !== undefined) writeFileSync(...request.change);

async function call(): Promise<string> {
  try {
    // The tools of these tests look at nothing of it.
    const context = {} as ToolContext;
    return (await registry.tools.get(request.call ?? '')?.run({}, context))?.text ?? '';
  } catch (error) {
    return PortcullisError.is(error) ? `code: ${error.code}` : String(error);
  }
}

const answer: LoadAnswer = {
  tools: [...registry.tools.keys()],
  refused: others.refused.map(({ id, code }) => `${id}: ${code}`),
  said: await call(),
};
process.stdout.write(JSON.stringify(answer));
