/**
 * Whether the sandbox that the config asks for is there, told when the gateway starts: a person
 * should not learn of it from the first command that is refused.
 *
 * @module
 */
import { type Kernel, commit } from '../../kernel.ts';
import type { Sandbox } from './sandbox.ts';
import { sandboxModes } from '../sandbox-settings.ts';

/** The sandbox as it was found at the start. */
export interface SandboxReport {
  /** Modes by agent, where they are not `off`. */
  readonly modes: Readonly<Record<string, string>>;
  /** Absent where no agent asks for one: then nothing was tried. */
  readonly available?: boolean;
  /** Why there is none. */
  readonly why?: string;
}

/** Tries the sandbox where an agent asks for it, and writes down when it is missing. */
export async function probeSandbox(kernel: Kernel, sandbox: Sandbox): Promise<SandboxReport> {
  const modes = sandboxModes(kernel.config().value, kernel.agents());
  if (Object.keys(modes).length === 0) return { modes };
  const probe = await sandbox.probe();
  if (probe.available) return { modes, available: true };
  kernel.log.error(
    { why: probe.why, agents: Object.keys(modes) },
    'sandbox: asked for and not there; commands of these agents are refused',
  );
  await commit(kernel, (tx) => {
    kernel.journal.record(tx, {
      kind: 'gateway',
      at: kernel.now(),
      code: 'sandbox.unavailable',
      path: 'agents.defaults.sandbox.mode',
    });
  });
  return { modes, available: false, why: probe.why };
}
