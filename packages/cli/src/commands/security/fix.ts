/**
 * `openclaw security audit --fix`: closes what can be closed without asking what was meant.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { loadConfig } from '@portcullis/gateway/config';
import {
  type FixPlan,
  type ModeFix,
  type Skipped,
  faultsOf,
  planFix,
} from '@portcullis/gateway/posture';

import type { Invocation } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { withOperator } from '../operator-session.ts';

/** What was done to one path. */
interface Action {
  readonly kind: 'chmod';
  readonly path: string;
  readonly mode: number;
  readonly ok: boolean;
  readonly skipped?: Skipped | 'dry-run' | undefined;
}

/** What a fix did, as programs read it. */
export interface FixReport {
  readonly ok: boolean;
  /** Its entry: what `openclaw security undo` takes. Absent where nothing was done. */
  readonly id?: string | undefined;
  readonly dryRun?: true;
  readonly stateDir: string;
  readonly configPath: string;
  readonly configWritten: boolean;
  readonly changes: readonly string[];
  /** Changes that name people, and that nobody said yes to. */
  readonly left?: readonly string[];
  readonly actions: readonly Action[];
  readonly errors: readonly string[];
}

/** `chmod 600 /home/ann/.openclaw/openclaw.json`. */
export function chmodLine({ mode, path }: Pick<Action, 'mode' | 'path'>): string {
  return `chmod ${mode.toString(8).padStart(3, '0')} ${path}`;
}

function isOpen({ skipped }: ModeFix): boolean {
  return skipped === undefined;
}

function printPlan({ out, input }: Invocation, { config, modes }: FixPlan): void {
  out.line(styled('bold', input.flag('dry-run') ? 'FIX (nothing is changed)' : 'FIX'));
  for (const { line } of config) out.line('  ', line);
  for (const mode of modes.filter(isOpen)) out.line('  ', chmodLine(mode));
  for (const mode of modes) {
    const { skipped } = mode;
    if (skipped !== undefined && skipped !== 'missing' && skipped !== 'already') {
      out.line(styled('dim', `  skip ${chmodLine(mode)} (${skipped})`));
    }
  }
}

/**
 * Asks whoever is there. A fix closes, so that nobody has to be: but without a yes nobody is named.
 * Resolves with whether somebody said yes.
 */
async function agree({ context, doors, input, json }: Invocation): Promise<boolean> {
  if (input.flag('yes')) return true;
  if (json || context.stdin.isTTY !== true) return false;
  if (await doors.confirm('Make these changes?')) return true;
  throw new PortcullisError('usage.declined', 'Nothing was changed.', {
    hint: 'Add --dry-run to see what a fix does.',
  });
}

function planned({ modes }: FixPlan, dryRun: boolean): readonly Action[] {
  return modes.map(({ path, mode, skipped }) => ({
    kind: 'chmod',
    path,
    mode,
    ok: false,
    skipped: skipped ?? (dryRun ? 'dry-run' : undefined),
  }));
}

/**
 * Shows what would be closed, and closes it unless this is a rehearsal.
 *
 * @throws PortcullisError `config.*`, `usage.declined`, and what whoever answers for the gateway says.
 */
export async function fixFindings(invocation: Invocation): Promise<FixReport> {
  const { context, input, out } = invocation;
  const { env, paths } = context;
  const isQuiet = invocation.json || input.flag('sarif');
  const plan = planFix(loadConfig({ env, paths }), paths);
  const open = plan.modes.filter(isOpen);
  const errors = faultsOf(plan);
  const dryRun = input.flag('dry-run');
  const where = { stateDir: paths.stateDir, configPath: paths.configPath };
  const isNothing = plan.config.length === 0 && open.length === 0;
  if (!isQuiet && (!isNothing || errors.length > 0)) printPlan(invocation, plan);
  if (isNothing || dryRun) {
    if (!isQuiet && isNothing) out.line('Fixes: no changes applied');
    return {
      ok: errors.length === 0,
      ...(dryRun && { dryRun }),
      ...where,
      configWritten: false,
      changes: plan.config.map(({ line }) => line),
      actions: planned(plan, dryRun),
      errors,
    };
  }
  const isAgreed = await agree(invocation);
  const left = plan.config.filter(({ asks }) => asks && !isAgreed).map(({ line }) => line);
  const shown = {
    changes: plan.config.map(({ line }) => line).filter((line) => !left.includes(line)),
    modes: open.map(({ path, mode }) => ({ path, mode })),
  };
  const done = await withOperator(invocation, ({ ask }) => ask('security.fix', shown));
  return {
    ok: done.errors.length === 0,
    ...(done.id !== undefined && { id: done.id }),
    ...where,
    configWritten: done.configWritten,
    changes: done.changes,
    ...(left.length > 0 && { left }),
    actions: done.actions,
    errors: done.errors,
  };
}

/** Says what came of a fix, after the plan. */
export function printFixed({ out }: Invocation, { id, errors, left = [] }: FixReport): void {
  for (const line of left) out.warn(`${line} was left out: it names people. Add --yes for it.`);
  for (const error of errors) out.warn(error);
  if (id !== undefined) out.line(`Fixed. The way back: openclaw security undo ${id}`);
  out.line();
}
