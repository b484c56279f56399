/**
 * What the figures were measured on.
 *
 * @module
 */
import { availableParallelism, loadavg } from 'node:os';

/** Cores, Node version and platform in one line. */
export function describeMachine() {
  const cores = availableParallelism();
  return `${cores} cores, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}

/** How busy the machine was over the last minute, as the number of processes that wanted to run. */
export function loadNow() {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}
