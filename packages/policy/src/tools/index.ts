/**
 * Tool policy: which tools there are for whom, and with which constraints.
 *
 * @module
 */
export { type RegisteredTool, groupOf } from './names.ts';
export { PROFILES } from './profiles.ts';
export { servedTool, serverPrefix } from './served.ts';
export type { ToolInput, ToolScopeInput } from './scope.ts';
export { matchesWildcard } from './tool-list.ts';
export { type ToolPolicy, compileToolPolicy } from './tool-policy.ts';
