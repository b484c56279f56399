/**
 * Runs the command that starts a gateway, and stops it as soon as it has said that it is ready.
 *
 * @module
 */
import { networkInterfaces } from 'node:os';

import type { Machine } from '@portcullis/gateway/local';
import type { RunningGateway } from '@portcullis/gateway';

import { runGateway } from '../../src/compose/run-gateway.ts';
import { type Called, Home, call } from '../call.ts';

/** A secret that is none of those that documents print. */
export const STRONG = 'a-token-of-forty-characters-and-no-words';

/** A machine that is in no container and no tailnet. */
export const PLAIN: Machine = { container: false, tailnetAddress: undefined };

/** An address of this machine that others could reach it at. */
export const OWN_ADDRESS: string | undefined = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

/** What a start is tried with. */
export interface Attempt {
  readonly home?: Home;
  readonly machine?: Machine;
  readonly env?: Readonly<Record<string, string>>;
  /** Done while the gateway runs. */
  readonly whileRunning?: (running: RunningGateway) => Promise<void> | void;
  /** More of the config. */
  readonly rest?: object;
}

/** A start, and what it came to. */
export interface Started extends Called {
  readonly report?: RunningGateway['report'];
}

/** Starts a gateway on a free port, and stops it. */
export async function tryStart(gateway: object, attempt: Attempt = {}): Promise<Started> {
  const { home = new Home(), machine = PLAIN, env = {}, whileRunning, rest = {} } = attempt;
  home.write(JSON.stringify({ gateway: { mode: 'local', ...gateway }, ...rest }));
  const controller = new AbortController();
  let running: RunningGateway | undefined;
  let fault: unknown;
  const called = await call(['gateway', 'run', '--port', '0'], {
    home,
    env,
    signal: controller.signal,
    doors: {
      runGateway: async (context, options) => {
        running = await runGateway(context, { ...options, machine });
        return running;
      },
    },
    onWrite: (text) => {
      if (!text.startsWith('Next:') || running === undefined) return;
      void Promise.resolve(whileRunning?.(running))
        .catch((error: unknown) => (fault = error))
        .finally(() => controller.abort('SIGTERM'));
    },
  });
  if (fault !== undefined) throw fault;
  return running === undefined ? called : { ...called, report: running.report };
}
