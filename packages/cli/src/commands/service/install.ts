/**
 * `openclaw gateway install` and `uninstall`: the gateway as a service of this user.
 *
 * @module
 */
import { mkdirSync, rmSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';
import { type LoadedConfig, loadConfig, replaceFile } from '@portcullis/gateway/config';
import { lockHolder } from '@portcullis/store-sqlite';

import type { CommandHandler, Invocation } from '../../command.ts';
import { defineService, serviceEnvironment } from '../../service/definition.ts';
import { readText } from '../../service/facts.ts';
import type { ServiceManager } from '../../service/supervisor.ts';
import { missingVariables } from '../../service/missing-variables.ts';

/** `openclaw gateway install`. */
export const installService: CommandHandler = async (invocation) => {
  const { context, doors, input, out, json } = invocation;
  const manager = await doors.findManager(context);
  const config = checkedConfig(invocation);
  const text = manager.write(defineService(context, config, input.count('port')));
  const before = readText(manager.path);
  const isSame = before === text;
  if (!isSame) requireFree(invocation, manager, before);
  if (!json) {
    out.line(isSame ? `${manager.path} is as it should be.` : `${manager.path}:`);
    if (!isSame) out.prose(`\n${text}\n`);
  }
  const facts = { ok: true, label: manager.label, path: manager.path, definition: text };
  if (input.flag('dry-run')) {
    if (json) out.json({ ...facts, dryRun: true, changed: false, started: false });
    else out.line('Nothing was changed.');
    return;
  }
  const isStarted = await out.during(
    'Installing the service',
    place(invocation, manager, text, isSame),
  );
  if (json) {
    out.json({ ...facts, dryRun: false, changed: !isSame, started: isStarted });
    return;
  }
  if (isStarted) out.line('The gateway runs as a service, and starts with your session.');
  else
    out.warn(
      'A gateway runs on this state already, so the service was not started. Stop that one, then: openclaw gateway start',
    );
  const lasting = manager.lasting();
  if (lasting !== undefined) out.note(lasting);
};

/** Writes the definition and starts it; false where another gateway has the state. */
async function place(
  { context: { paths } }: Invocation,
  manager: ServiceManager,
  text: string,
  isSame: boolean,
): Promise<boolean> {
  // Where nobody answers, nothing is written.
  const before = await manager.state();
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  if (!isSame) replaceFile(manager.path, text);
  if (!isSame || !before.enabled) await manager.enable();
  const isOwned = lockHolder(paths.stateDbDir) !== undefined;
  if (isOwned && before.status !== 'running') return false;
  // One that runs under another definition has to begin again under this one.
  await (isSame ? manager.start() : manager.restart());
  return true;
}

function checkedConfig({ context, input }: Invocation): LoadedConfig | undefined {
  const { env, paths } = context;
  const isForced = input.flag('force');
  const config = isForced ? readable(context) : loadConfig({ env, paths });
  if (config === undefined || isForced) return config;
  const own = { HOME: env['HOME'], ...serviceEnvironment(env, paths) };
  const then = loadConfig({ env: own, paths, invalid: 'report' });
  const missing = missingVariables(config, then);
  if (missing.length === 0) return config;
  throw new PortcullisError(
    'service.environment',
    `The config needs variables of this shell that a service does not have: ${missing.join(', ')}.`,
    {
      hint: `Put them into ${paths.stateDir}/.env (mode 0600), or keep the secrets elsewhere: openclaw configure. --force installs it as it is.`,
    },
  );
}

function readable({ env, paths }: Invocation['context']): LoadedConfig | undefined {
  try {
    return loadConfig({ env, paths, invalid: 'report' });
  } catch (error) {
    if (PortcullisError.is(error)) return undefined;
    throw error;
  }
}

function requireFree(
  { input, out, json }: Invocation,
  { path, mark }: ServiceManager,
  before: string | undefined,
): void {
  if (before === undefined || input.flag('force') || input.flag('dry-run')) return;
  const isOurs = before.includes(mark);
  if (!json) out.prose(`${path} as it is:\n\n${before}\n`);
  throw new PortcullisError(
    'service.exists',
    isOurs
      ? `${path} is there, with other settings than it would have now.`
      : `${path} is there, and was not written by this command.`,
    { hint: 'Look at what would be written with --dry-run; --force replaces it.' },
  );
}

/** `openclaw gateway uninstall`. */
export const uninstallService: CommandHandler = async (invocation) => {
  const { context, doors, input, out, json } = invocation;
  const manager = await doors.findManager(context);
  const { path, label } = manager;
  const text = readText(path);
  const isThere = text !== undefined;
  if (isThere && !text.includes(manager.mark) && !input.flag('force')) {
    throw new PortcullisError('service.exists', `${path} was not written by this program.`, {
      hint: 'Remove it yourself, or add --force.',
    });
  }
  const isRehearsal = input.flag('dry-run');
  if (isThere && !isRehearsal) {
    await out.during('Removing the service', remove(manager));
  }
  const removed = isThere && !isRehearsal;
  if (json) out.json({ ok: true, label, path, dryRun: isRehearsal, removed });
  else if (!isThere) out.line('No service is installed.');
  else if (isRehearsal) out.line(`Would be stopped and removed: ${path}`);
  else out.line(`Stopped and removed: ${path}. The state is as it was.`);
};

async function remove(manager: ServiceManager): Promise<void> {
  await manager.disable();
  rmSync(manager.path, { force: true });
  await manager.forget();
}
