/**
 * Whether commands can be kept in a sandbox on this machine, tried for real.
 *
 * @module
 */
import { Sandbox, type SandboxProbe } from '../brokers/proc/sandbox.ts';

export type { SandboxProbe } from '../brokers/proc/sandbox.ts';

/**
 * Runs one harmless program in a sandbox, and where `network` says so a second one behind a way out
 * that leads nowhere. Takes at most ten seconds for each; leaves nothing behind.
 *
 * @example
 * ```ts
 * await trySandbox(); // { available: false, why: 'bubblewrap (bwrap) or prlimit is not installed' }
 * ```
 */
export async function trySandbox({
  network = false,
}: { readonly network?: boolean } = {}): Promise<SandboxProbe> {
  const sandbox = new Sandbox();
  const probe = await sandbox.probe();
  return probe.available && network ? await sandbox.probeNetwork() : probe;
}
