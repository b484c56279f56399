/**
 * Which tools an agent has for whoever asks: a config, compiled once.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { compileConfig } from '../config/compile.ts';
import { total } from '../verdict.ts';
import { decideTool, listTools } from './decide.ts';
import type { RegisteredTool } from './names.ts';
import { decideOverHttp } from './over-http.ts';
import type { ToolInput, ToolScopeInput } from './scope.ts';

/** The tool part of a compiled config. Pure and total, as the rest of the policy is. */
export interface ToolPolicy {
  /** Whether a tool may be called. */
  tool(input: ToolInput): Decision;
  /** Whether a caller of the HTTP API may name a tool; asked beside {@link tool}, and only tightens. */
  overHttp(tool: string, registered?: readonly RegisteredTool[]): Decision;
  /** The tools a session has, as `value`, with their constraints. */
  tools(input: ToolScopeInput): Decision;
}

/**
 * Compiles the tool policy of `config`. Never throws: a config that cannot be read gives a policy
 * that denies every tool. The config is copied, so later changes to it have no effect.
 *
 * @example
 * ```ts
 * const { tool } = compileToolPolicy({ tools: { profile: 'messaging' } });
 * tool({ agentId: 'main', tool: 'message' }).effect; // 'allow'
 * tool({ agentId: 'main', tool: 'bash' }).code; // 'tool.profile.not_included'
 * ```
 */
export function compileToolPolicy(config: unknown): ToolPolicy {
  const compiled = compileConfig(config);
  return {
    tool: (input) => total(() => decideTool(compiled, input)),
    overHttp: (tool, registered) => total(() => decideOverHttp(compiled, tool, registered)),
    tools: (input) => total(() => listTools(compiled, input)),
  };
}
