/**
 * Finds the service manager of this user.
 *
 * @module
 */
import { existsSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';

import { Launchd } from './launchd.ts';
import type { ManagerSearch, ServiceManager } from './supervisor.ts';
import { programAt } from './program.ts';
import { Systemd } from './systemd.ts';

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  linux: ['/usr/bin/systemctl', '/bin/systemctl'],
  darwin: ['/bin/launchctl'],
};

/**
 * The service manager of this user.
 *
 * @throws PortcullisError `service.unavailable` where there is none.
 */
export function findManager(search: ManagerSearch): ServiceManager {
  const { env, platform = process.platform } = search;
  const path = search.program ?? PROGRAMS[platform]?.find((each) => existsSync(each));
  if (path === undefined) throw unavailable();
  const program = programAt(path, env);
  return platform === 'darwin' ? new Launchd(program, search) : new Systemd(program, search);
}

function unavailable(): PortcullisError {
  return new PortcullisError(
    'service.unavailable',
    'There is no service manager here that is known.',
    {
      hint: 'Linux with systemd and macOS have one. Elsewhere let your own supervisor run: openclaw gateway run',
    },
  );
}
