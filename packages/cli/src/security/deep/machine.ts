/**
 * What this machine has for keeping programs apart: the sandbox of commands, and a browser.
 *
 * @module
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

import { type LoadedConfig, getPath, isConfigObject } from '@portcullis/gateway/config';
import { type SandboxProbe, trySandbox } from '@portcullis/gateway/sandbox';
import type { BrowserFact } from '@portcullis/policy/audit';

import { why } from './door.ts';

/** What a Chromium is called. */
const BROWSERS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
];
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Whether a sandbox leads anywhere for some agent. */
function wantsNetwork({ value }: LoadedConfig): boolean {
  const entries = getPath(value, 'agents.entries');
  const agents = isConfigObject(entries) ? Object.values(entries) : [];
  return [getPath(value, 'agents.defaults'), ...agents].some(
    (agent) => isConfigObject(agent) && getPath(agent, 'sandbox.network') === 'proxy',
  );
}

/** Tries the sandbox of commands. Never rejects, and waits no longer than `signal` says. */
export async function findSandbox(
  config: LoadedConfig,
  signal: AbortSignal,
): Promise<SandboxProbe> {
  const { promise, resolve } = Promise.withResolvers<SandboxProbe>();
  const late = (): void => resolve({ available: false, why: 'it did not answer in time' });
  signal.addEventListener('abort', late, { once: true });
  if (signal.aborted) late();
  const tried = trySandbox({ network: wantsNetwork(config) }).catch(
    (error: unknown): SandboxProbe => ({ available: false, why: why(error) }),
  );
  const found = await Promise.race([tried, promise]);
  signal.removeEventListener('abort', late);
  return found;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Looks for the browser the config names, else for one of this machine. Starts none. */
export async function findBrowser({ value, env }: LoadedConfig): Promise<BrowserFact> {
  const named = getPath(value, 'browser.executablePath');
  const folders = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const places =
    typeof named === 'string'
      ? [named]
      : [
          ...folders.flatMap((folder) => BROWSERS.map((name) => join(folder, name))),
          ...APPLICATIONS,
        ];
  for (const executable of places) if (await isProgram(executable)) return { executable };
  return {};
}
