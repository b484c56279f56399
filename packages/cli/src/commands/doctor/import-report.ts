/**
 * What an import is told as: text for people, a document for programs. No secret is in either.
 *
 * @module
 */
import type { Plan } from '../../import/plan.ts';
import type { Survey } from '../../import/survey.ts';
import type { Output } from '../../terminal/output.ts';
import { styled } from '../../terminal/style.ts';
import type { Outcome } from './import.ts';

const SHOWN = 12;

/** Lines below a heading, the first ones where there are many. */
function block(out: Output, heading: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  out.line();
  out.line(styled('bold', heading));
  for (const line of lines.slice(0, SHOWN)) out.line(`  ${line}`);
  if (lines.length > SHOWN) out.line(`  and ${lines.length - SHOWN} more: --json has them all`);
}

function printConfig(out: Output, { config }: Survey): void {
  if (config.kind === 'absent') {
    block(out, 'Config', ['There is none.']);
    return;
  }
  if (config.kind === 'unreadable') {
    block(out, 'Config', [`It was not read: ${config.why}`]);
    return;
  }
  const { issues, inert, unset, notes, pointsBack, refusal } = config;
  block(
    out,
    'Keys that are not supported: no gateway starts until each is mended',
    issues.map(({ path, message }) => `${path}: ${message}  (openclaw config unset ${path})`),
  );
  block(out, 'No gateway starts with it as it is', refusal === undefined ? [] : [refusal]);
  block(out, 'Keys without effect here', inert);
  block(
    out,
    'Variables that are not set here',
    unset.map(({ path, variable }) => `${variable}, for ${path}`),
  );
  block(
    out,
    'Other remarks',
    notes.map(({ path, message }) => `${path}: ${message}`),
  );
  block(out, 'Keys that name files in the old folder: they are read there', pointsBack);
}

function printStricter(out: Output, { stricter }: Survey): void {
  if (stricter.length === 0) return;
  out.line();
  out.line(styled('bold', 'What OpenClaw allows because nothing is written, and is refused here'));
  for (const { key, theirs, here, refused, command } of stricter) {
    out.line(`  ${key}: here "${here}", there "${theirs}". ${refused}`);
    out.line(styled('dim', '    As before: '), command);
  }
}

function printWider(out: Output, { wider, shared }: Survey): void {
  if (wider.length === 0) return;
  out.line();
  out.line(styled('bold', 'What the same words allow here and not with OpenClaw'));
  for (const { key, says, command, edit } of wider) {
    out.line(`  ${key}: ${says}`);
    if (edit !== undefined && !shared)
      out.line('    It is written into the copy, so that nothing opens.');
    else out.line(styled('dim', '    As before: '), command);
  }
}

/** Says what was found. */
export function printSurvey(out: Output, found: Survey): void {
  const { source, people, jobs, workspaces, approvals, left, shared } = found;
  out.line(styled('bold', `OpenClaw in ${source.root}`));
  printConfig(out, found);
  printStricter(out, found);
  printWider(out, found);
  block(
    out,
    shared ? 'People OpenClaw lets in' : 'People who are let in',
    people.map(({ channel, account, senders, from }) => {
      const name = account === 'default' ? channel : `${channel} (${account})`;
      const names = senders.slice(0, SHOWN).join(', ');
      const note = shared && !from.includes('file') ? '; its database only, so not here' : '';
      return `${name}: ${senders.length}: ${names}${note}`;
    }),
  );
  if (approvals.kind === 'read') {
    block(out, 'Commands allowed for good', [`${approvals.allowed}, in exec-approvals.json`]);
  } else if (approvals.kind === 'refused') {
    block(out, 'Commands allowed for good', [`They are not taken over: ${approvals.why}`]);
  }
  block(
    out,
    'Workspaces',
    workspaces.map(({ agent, path, kind, files }) => {
      const what = {
        'in-place': 'used where it is, by both',
        copy: `${files} files, copied if you say so`,
        taken: 'not copied: there are files at its place already',
        'too-large': 'too large to copy by itself: cp -a',
        linked:
          'a link leads there; to go on using it: openclaw config set agents.defaults.workspace',
      }[kind];
      return `${agent}: ${path}: ${shared ? 'used where it is' : what}`;
    }),
  );
  block(
    out,
    'Jobs, as the commands that make them here once the gateway runs',
    jobs.map(({ name, command, why }) => command ?? `${name}: cannot be made: ${why ?? ''}`),
  );
  block(
    out,
    'What stays behind',
    left.map(({ what, why }) => `${what}: ${why}`),
  );
}

/** Says what would be done. */
export function printPlan(out: Output, { shared }: Survey, plan: Plan): void {
  if (shared) return;
  const { placements, config, already, kept } = plan;
  block(out, 'To be done', [
    ...placements.map(
      ({ what, path, kind }) => `${kind === 'tree' ? 'copy' : 'write'} ${what}: ${path}`,
    ),
    ...(config === undefined
      ? []
      : [`${config.replaces ? 'replace' : 'write'} the config: ${config.path}`]),
  ]);
  block(out, 'Here already', already);
  block(out, 'Left as it is here', kept);
}

/** Everything as one document. */
export function importDocument(found: Survey, { plan, dryRun, placed }: Outcome): unknown {
  const { source, shared, config, stricter, wider, people, approvals, jobs, workspaces, left } =
    found;
  return {
    ok: config.kind !== 'unreadable',
    dryRun,
    shared,
    imported: placed !== undefined,
    source: { folder: source.root, evidence: source.evidence },
    config: configDocument(config),
    stricter,
    wider: wider.map(({ key, says, opens, command, edit }) => ({
      key,
      says,
      opens,
      command,
      closed: edit !== undefined && !shared,
    })),
    people,
    approvals: approvals.kind === 'read' ? { kind: 'read', allowed: approvals.allowed } : approvals,
    jobs,
    workspaces,
    left,
    plan: {
      write: plan.placements.map(({ kind, what, path }) => ({ kind, what, path })),
      ...(plan.config !== undefined && {
        config: {
          path: plan.config.path,
          replaces: plan.config.replaces,
          edited: plan.config.edited,
        },
      }),
      already: plan.already,
      kept: plan.kept,
    },
    ...(placed !== undefined && { leftOut: placed.leftOut }),
  };
}

function configDocument(config: Survey['config']): unknown {
  if (config.kind !== 'read') return config;
  const { kind, issues, inert, unset, notes, pointsBack, refusal, includes } = config;
  return {
    kind,
    valid: issues.length === 0,
    issues,
    inert,
    unset: unset.map(({ path, variable }) => ({ path, variable })),
    notes,
    pointsBack,
    includes: includes.map(({ path }) => path),
    ...(refusal !== undefined && { refusal }),
  };
}
