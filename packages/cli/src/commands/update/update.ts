/**
 * `openclaw update`: what is installed, and how to have a newer one. It changes nothing itself.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';

import type { CommandHandler, Invocation } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { type Installation, installationOf, quoted } from './installation.ts';
import { isNewer, newestVersion } from './newest.ts';

/** One thing to do. */
interface Step {
  readonly when: 'before' | 'update' | 'after';
  readonly command: string;
  readonly why: string;
}

/** `openclaw update`. */
export const showUpdate: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const { version } = context;
  const installation = installationOf(context.program ?? process.argv[1] ?? '');
  const latest = input.flag('check')
    ? await out.during('Asking the registry', newestVersion(context.env))
    : undefined;
  const available = latest === undefined ? null : isNewer(latest, version);
  const steps = await stepsOf(invocation, installation);
  if (json) {
    const { kind, manager, root, global } = installation;
    out.json({
      ok: true,
      version,
      update: {
        root,
        installKind: kind,
        packageManager: manager,
        global,
        ...(latest === undefined ? {} : { registry: { latestVersion: latest, tag: 'latest' } }),
      },
      availability: { available, latestVersion: latest ?? null },
      steps,
    });
    return;
  }
  out.line(`Installed  ${version}, ${describe(installation)}: ${installation.root}`);
  if (latest === undefined) out.line('Newest     not asked: openclaw update --check');
  else out.line(`Newest     ${latest}`, available === true ? styled('yellow', ' (newer)') : '');
  if (available === false) {
    out.line(styled('green', 'Nothing to do.'));
    return;
  }
  print(invocation, steps);
};

function describe({ kind, manager, global }: Installation): string {
  if (kind === 'git') return 'a checkout';
  if (manager === 'unknown') return 'installed in a way that is not known';
  return `installed by ${manager}${global ? '' : ' in one folder'}`;
}

async function stepsOf(
  invocation: Invocation,
  { commands }: Installation,
): Promise<readonly Step[]> {
  const { paths } = invocation.context;
  const hasState = existsSync(paths.stateDir);
  const hasPackages = existsSync(join(paths.pluginsDir, 'package.json'));
  const packages = `npm update --ignore-scripts --prefix ${quoted(paths.pluginsDir)}`;
  const isService = await isInstalled(invocation);
  return [
    ...(hasState
      ? [
          step(
            'before',
            'openclaw backup create --verify',
            'A way back: a newer version may change the database.',
          ),
        ]
      : []),
    ...commands.map((command) => step('update', command, '')),
    ...(hasPackages
      ? [step('update', packages, 'Channels and tools that are installed beside it.')]
      : []),
    ...(isService
      ? [step('after', 'openclaw gateway restart', 'The service runs the old version until then.')]
      : []),
    step('after', 'openclaw doctor', 'See that everything is as the new version wants it.'),
    step('after', 'openclaw security audit', 'See what it thinks of the config.'),
  ];
}

function step(when: Step['when'], command: string, why: string): Step {
  return { when, command, why };
}

async function isInstalled({ context, doors }: Invocation): Promise<boolean> {
  try {
    return existsSync((await doors.findManager(context)).path);
  } catch (error) {
    if (PortcullisError.is(error)) return false;
    throw error;
  }
}

const HEADINGS = { before: 'Before', update: 'Update', after: 'After' } as const;

function print({ out }: Invocation, steps: readonly Step[]): void {
  for (const when of ['before', 'update', 'after'] as const) {
    const own = steps.filter((each) => each.when === when);
    if (when === 'update' && own.length === 0) {
      out.warn('It is not known how it was installed, so update it the way you installed it.');
    }
    if (own.length === 0) continue;
    out.line();
    out.line(styled('bold', HEADINGS[when]));
    for (const { command, why } of own) {
      out.line(`  ${command}`);
      if (why !== '') out.line(styled('dim', `    ${why}`));
    }
  }
}
