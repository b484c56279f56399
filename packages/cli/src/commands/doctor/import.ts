/**
 * `openclaw doctor --import`: takes over an OpenClaw installation, which stays as it is.
 *
 * @module
 */
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { expandHome } from '@portcullis/gateway/config';
import { lockHolder } from '@portcullis/store-sqlite';

import { ownState } from '../../backup/own-state.ts';
import type { ExitCode, Invocation } from '../../command.ts';
import { type Placed, placeImport } from '../../import/place.ts';
import { type Plan, planImport } from '../../import/plan.ts';
import { openSource } from '../../import/source.ts';
import { type Survey, survey } from '../../import/survey.ts';
import { importDocument, printPlan, printSurvey } from './import-report.ts';

/** What came of it. */
export interface Outcome {
  readonly plan: Plan;
  readonly dryRun: boolean;
  /** Undefined where nothing was put in place. */
  readonly placed: Placed | undefined;
}

/** Takes over the installation in the folder that is named, or in `~/.openclaw`. */
export async function importOpenClaw(invocation: Invocation): Promise<ExitCode> {
  const { context, input, out, json } = invocation;
  const { paths, env } = context;
  const source = sourceOf(invocation);
  const found = await out.during('Reading OpenClaw', survey(source, env, paths));
  if (!json) printSurvey(out, found);
  const isCopied = await wantsCopies(invocation, found);
  const plan = planImport(found, paths, isCopied);
  if (!json) printPlan(out, found, plan);
  const dryRun = input.flag('dry-run');
  const isNothing = plan.placements.length === 0 && plan.config === undefined;
  let placed: Placed | undefined;
  if (!dryRun && !isNothing) {
    requireStopped(invocation);
    await agree(invocation, plan);
    // Somebody may have started one while the question stood there.
    requireStopped(invocation);
    const release = ownState(paths);
    try {
      placed = placeImport(plan, paths, env);
    } finally {
      release();
    }
  }
  const outcome: Outcome = { plan, dryRun, placed };
  if (json) out.json(importDocument(found, outcome));
  else tell(invocation, found, outcome);
  return found.config.kind === 'unreadable' ? 1 : 0;
}

function sourceOf({ context, input }: Invocation): ReturnType<typeof openSource> {
  const { home } = context.paths;
  const given = input.given('folder');
  const source = openSource(expandHome(given ?? join(home, '.openclaw'), home));
  // The usual folder may be this product's own: then nobody meant it.
  if (given !== undefined || source.evidence.length > 0) return source;
  throw new PortcullisError(
    'import.not_openclaw',
    `${source.root} holds no OpenClaw: only a config is there.`,
    { hint: 'Name the folder: openclaw doctor --import <folder>' },
  );
}

/** Whether workspaces are copied: only where somebody says so. */
async function wantsCopies(
  { input, doors, json }: Invocation,
  { workspaces, shared }: Survey,
): Promise<boolean> {
  const copyable = workspaces.filter(({ kind }) => kind === 'copy');
  if (shared || copyable.length === 0) return false;
  if (input.flag('copy-workspace')) return true;
  if (json || input.flag('yes') || input.flag('dry-run')) return false;
  const list = copyable.map(({ path }) => path).join(', ');
  return await doors.confirm(`Copy ${list}, so that this agent has files of its own?`);
}

function requireStopped({ context }: Invocation): void {
  const holder = lockHolder(context.paths.stateDbDir);
  if (holder === undefined) return;
  const who = holder.pid === undefined ? 'a process' : `process ${holder.pid}`;
  throw new PortcullisError('import.gateway_running', `The state is in use by ${who}.`, {
    hint: 'Stop the gateway, then import.',
  });
}

async function agree({ input, doors, json }: Invocation, { config }: Plan): Promise<void> {
  if (input.flag('yes')) return;
  const question =
    config?.replaces === true
      ? `Import this, and replace the config ${config.path}?`
      : 'Import this?';
  if (json) {
    throw new PortcullisError('usage.confirmation', `${question} Nobody confirmed it.`, {
      hint: 'Look at --dry-run, then add --yes.',
    });
  }
  if (await doors.confirm(question)) return;
  throw new PortcullisError('usage.declined', 'Nothing was imported.', {
    hint: 'Add --dry-run to see what would be.',
  });
}

function tell(
  { out, context }: Invocation,
  found: Survey,
  { plan, dryRun, placed }: Outcome,
): void {
  out.line();
  if (found.shared) {
    out.line('Both use the same folder: nothing is copied, and nothing of OpenClaw’s is touched.');
  } else if (dryRun) {
    out.line('Nothing was changed.');
  } else if (placed === undefined) {
    out.line('There is nothing to import.');
  } else {
    out.line(`Imported into ${context.paths.stateDir}. ${found.source.root} is as it was.`);
    for (const path of placed.leftOut) out.warn(`${path} was left out of the copy.`);
    if (plan.config?.replaces === true) {
      out.line(`The config before it is ${plan.config.path}.bak, secrets hidden.`);
    }
  }
  if (dryRun || (placed === undefined && !found.shared)) return;
  out.line('Next: stop OpenClaw, so that two programs do not answer for one bot. Then:');
  out.line('  openclaw doctor');
  out.line('  openclaw security audit');
  out.line('  openclaw gateway run');
}
