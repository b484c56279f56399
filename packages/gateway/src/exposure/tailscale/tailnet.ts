/**
 * This machine in its tailnet, as the control plane needs it.
 *
 * @module
 */
import type { Socket } from 'node:net';

import { PortcullisError } from '@portcullis/core';

import { PeerOwners } from './peer.ts';
import type { TailscaleProgram } from './program.ts';
import { parseReport, readStatus } from './reports.ts';
import { Whois } from './whois.ts';

const ASK_MS = 5000;

/** What the server asks about connections that come through Tailscale. */
export interface Tailnet {
  /** This machine's own name, `host.tailnet.ts.net`. */
  readonly name: string;
  /** Whether this machine can tell tailscaled from other programs. Nobody's login counts where not. */
  readonly tellsPeers: boolean;
  /** Whether the other end of a connection is tailscaled. */
  isTailscaled(socket: Socket): Promise<boolean>;
  /** The login of whoever has an address of the tailnet; undefined when it cannot be told. */
  login(address: string): Promise<string | undefined>;
}

/**
 * Asks tailscaled about this machine.
 *
 * Throws `gateway.tailscale.not_running` when it is not connected to a tailnet, or has no name there.
 */
export async function openTailnet(program: TailscaleProgram): Promise<Tailnet> {
  const ran = await program.run(['status', '--json', '--peers=false'], ASK_MS);
  const { state, name } = readStatus(ran.ok ? parseReport(ran.stdout) : undefined);
  if (state !== 'Running' || name === undefined) {
    throw new PortcullisError(
      'gateway.tailscale.not_running',
      state === 'Running'
        ? 'This machine has no name in its tailnet, so nothing can be published.'
        : `Tailscale is not connected (${ran.ok ? state : ran.words || 'no answer'}).`,
      {
        hint:
          state === 'Running'
            ? 'Turn MagicDNS and HTTPS certificates on for the tailnet.'
            : 'Connect it: tailscale up. Or set gateway.tailscale.mode to "off".',
      },
    );
  }
  const owners = new PeerOwners();
  const whois = new Whois(program);
  return {
    name,
    tellsPeers: process.platform === 'linux',
    isTailscaled: (socket) => owners.isTailscaled(socket),
    login: (address) => whois.login(address),
  };
}
