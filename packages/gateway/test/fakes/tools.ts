/** Tools in memory: `echo` gives back what it gets, and everything else is not there. */
import type { Caller, ToolListing, ToolRequest, ToolService } from '../../src/services.ts';

const ECHO: ToolListing = {
  name: 'echo',
  description: 'Says it again.',
  group: 'plugins',
  source: 'plugin',
  profiles: ['full'],
};

const READ: ToolListing = {
  name: 'read',
  description: 'Reads a file.',
  group: 'group:fs',
  source: 'core',
  profiles: ['coding', 'standard', 'full'],
};

/** The tools, and every call of one of them. */
export function fakeTools(): ToolService & {
  readonly calls: { caller: Caller; request: ToolRequest }[];
} {
  const calls: { caller: Caller; request: ToolRequest }[] = [];
  return {
    calls,
    invoke: async (caller, request) => {
      calls.push({ caller, request });
      const runId = request.idempotencyKey ?? 'tool-1';
      if (request.tool === 'echo') return { ok: true, runId, text: JSON.stringify(request.args) };
      const message = 'There is no tool of this name.';
      return { ok: false, runId, kind: 'unavailable', code: 'tool.unknown', message };
    },
    abortOf: () => undefined,
    catalog: () => [READ, ECHO],
    effective: () => ({ profile: 'full', tools: [READ] }),
  };
}
