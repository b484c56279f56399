/**
 * `openclaw gateway start`, `stop` and `restart`: the service that is installed.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { CommandHandler, Invocation } from '../../command.ts';
import type { ServiceManager } from '../../service/supervisor.ts';
import { readText } from '../../service/facts.ts';

type Act = 'start' | 'stop' | 'restart';

const DONE: Readonly<Record<Act, string>> = {
  start: 'The service was started.',
  stop: 'The service was stopped. It starts again with your session; openclaw gateway uninstall ends that.',
  restart: 'The service was stopped and started.',
};

async function control(invocation: Invocation, act: Act): Promise<void> {
  const { context, doors, out, json } = invocation;
  const manager = await doors.findManager(context);
  if (readText(manager.path) === undefined) throw notInstalled(act);
  await out.during('Waiting for the service manager', perform(manager, act));
  const { status, detail, pid } = await manager.state();
  if (json) {
    const runtime = { status, detail, ...(pid === undefined ? {} : { pid }) };
    out.json({ ok: true, action: act, label: manager.label, runtime });
  } else {
    out.line(DONE[act]);
    out.line(`${manager.label}: ${detail}`);
  }
}

async function perform(manager: ServiceManager, act: Act): Promise<void> {
  if (act === 'start') await manager.start();
  else if (act === 'stop') await manager.stop();
  else await manager.restart();
}

function notInstalled(act: Act): PortcullisError {
  return new PortcullisError(
    'service.not_installed',
    'The gateway is not installed as a service.',
    {
      hint:
        act === 'stop'
          ? 'One that runs in a terminal is stopped there, with Ctrl-C.'
          : 'Install it with: openclaw gateway install',
    },
  );
}

/** `openclaw gateway start`. */
export const startService: CommandHandler = (invocation) => control(invocation, 'start');

/** `openclaw gateway stop`. */
export const stopService: CommandHandler = (invocation) => control(invocation, 'stop');

/** `openclaw gateway restart`. */
export const restartService: CommandHandler = (invocation) => control(invocation, 'restart');
