/**
 * The check of the sandbox.
 *
 * @module
 */
import { describeAgents, sandboxModes } from '@portcullis/gateway/local';

import { type Check, type Found, fail, pass } from './check.ts';
import type { Subject } from './subject.ts';

async function available({ config, context, machine }: Subject): Promise<readonly Found[]> {
  const modes = sandboxModes(config.value, describeAgents(config, context.paths));
  const wanted = Object.entries(modes).map(([agent, mode]) => `${agent}: ${mode}`);
  const probe = await machine.probeSandbox();
  const path = { path: 'agents.defaults.sandbox.mode' };
  if (probe.available) {
    return [
      wanted.length > 0
        ? pass(`Commands run in the sandbox (${wanted.join(', ')}).`)
        : pass('A sandbox works here and no agent asks for it.', path),
    ];
  }
  if (wanted.length === 0)
    return [pass(`No agent asks for a sandbox; there would be none: ${probe.why}.`)];
  return [
    fail(
      `Asked for (${wanted.join(', ')}) and not there: ${probe.why}. Commands of these agents are refused.`,
      machine.platform === 'linux'
        ? 'sudo apt-get install bubblewrap util-linux; where user namespaces are off: sudo sysctl kernel.unprivileged_userns_clone=1'
        : 'Run the gateway on Linux, or give commands to a node: openclaw nodes',
      path,
    ),
  ];
}

/** The check of the sandbox. */
export const sandboxChecks: readonly Check[] = [
  {
    id: 'sandbox.available',
    group: 'sandbox',
    about: 'That commands can run in a sandbox where the config asks for one. Runs `true` inside.',
    look: available,
  },
];
