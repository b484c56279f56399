/**
 * Where tool servers come from, and what a connection to one is made of.
 *
 * @module
 */
import { PortcullisError, type ToolSource } from '@portcullis/core';

import { textHash } from '../audit/journal.ts';
import {
  type LoadedConfig,
  type Secrets,
  formatPath,
  getPath,
  parsePath,
} from '../config/index.ts';
import type { Kernel } from '../kernel.ts';
import type { ServerSettings } from './settings.ts';

/** Every source, and for the servers of a package that is not there a source that says so. */
export function sourcesOf({ registry }: Kernel): readonly ToolSource[] {
  const sources = [...registry.toolSources.values()];
  return sources.some(({ id }) => id === 'mcp') ? sources : [...sources, MISSING];
}

const MISSING: ToolSource = {
  id: 'mcp',
  path: 'mcp.servers',
  open: async () => {
    throw new PortcullisError(
      'server.no_package',
      'The package for MCP servers is not installed.',
      {
        hint: 'Install @portcullis/tools-mcp in the plugins folder of the state directory.',
      },
    );
  },
};

/**
 * What a connection to a server is made of, as one text: two of the same are one connection. The
 * fault where a secret of it cannot be had.
 */
export function printOf(
  { value }: LoadedConfig,
  { path, program, web }: ServerSettings,
  secrets: Secrets,
): string | PortcullisError {
  const named = [
    ...(program?.env ?? []).map((name) => ['env', name]),
    ...(web?.headers ?? []).map((name) => ['headers', name]),
  ];
  try {
    const texts = named.map(
      (steps) => secrets.resolve(formatPath([...parsePath(path), ...steps]))?.reveal() ?? null,
    );
    const around = [path, 'mcp.sessionIdleTtlMs', 'agents.defaults.sandbox.mode'];
    return textHash(JSON.stringify([around.map((each) => getPath(value, each) ?? null), texts]));
  } catch (error) {
    if (PortcullisError.is(error)) return error;
    throw error;
  }
}
