/**
 * What the model is told about a command.
 *
 * @module
 */
import type { ProcResult, ToolResult } from '@portcullis/core';

/** How a command is doing, in a few words. */
export function statusOf({ state, exitCode, signal, elapsedMs }: ProcResult): string {
  if (state === 'running') {
    // Also tells two looks at a quiet command apart.
    return elapsedMs === undefined ? 'running' : `running for ${(elapsedMs / 1000).toFixed(1)} s`;
  }
  if (state === 'timed-out') return 'ended: it took too long';
  if (state === 'killed') return 'ended: killed';
  return signal === undefined
    ? `ended: exit code ${String(exitCode ?? 0)}`
    : `ended: signal ${signal}`;
}

/** A command's output and state as a result. One that failed is an error. */
export function report(result: ProcResult): ToolResult {
  const { id, state, exitCode, output, truncated } = result;
  const named = id === undefined ? '' : ` (id ${id})`;
  const head = truncated ? '[the beginning of the output was dropped]\n' : '';
  const text = `${head}${output}${output === '' || output.endsWith('\n') ? '' : '\n'}[${statusOf(result)}${named}]`;
  const failed = state === 'timed-out' || (state === 'exited' && exitCode !== 0);
  return {
    text,
    ...(failed ? { isError: true } : {}),
    details: { state, exitCode, truncated },
  };
}
