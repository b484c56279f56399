/**
 * Opens the operator's own browser, at his command.
 *
 * @module
 */
import { spawn } from 'node:child_process';

import type { Environment } from '@portcullis/gateway/config';

/** The program that opens files as the person at this machine would; undefined where nobody sits. */
function openerOf(env: Environment, platform: NodeJS.Platform): string | undefined {
  if (platform === 'darwin') return 'open';
  if (platform === 'win32') return 'explorer.exe';
  const hasScreen = (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== '';
  return hasScreen && (env['SSH_CONNECTION'] ?? '') === '' ? 'xdg-open' : undefined;
}

/**
 * Opens a file in the browser. The arguments of a process can be read by every user of the machine,
 * so what is secret stands in the file, never in its name.
 *
 * @returns false where there is no screen, or nothing that opens files.
 */
export async function openFile(
  path: string,
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): Promise<boolean> {
  const program = openerOf(env, platform);
  if (program === undefined) return false;
  const child = spawn(program, [path], { stdio: 'ignore', detached: true });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
