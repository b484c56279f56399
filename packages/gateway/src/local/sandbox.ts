/**
 * Whether commands can run in a sandbox on this machine.
 *
 * @module
 */
import type { SandboxProbe } from '../brokers/proc/sandbox.ts';

export type { SandboxProbe } from '../brokers/proc/sandbox.ts';

/** Runs `true` in a sandbox as commands of an agent would run in one. Takes up to ten seconds. */
export async function probeSandbox(): Promise<SandboxProbe> {
  const { Sandbox } = await import('../brokers/proc/sandbox.ts');
  return await new Sandbox().probe();
}
