/**
 * Checks of files and folders. What others may read or change is asked of the security audit, so
 * that there is one opinion about it.
 *
 * @module
 */
import { lstatSync, statSync } from 'node:fs';
import { sep } from 'node:path';

import { describeAgents } from '@portcullis/gateway/local';

import { type Check, type Found, fail, pass, warn } from './check.ts';
import type { Subject } from './subject.ts';

const FILE_CHECKS = /^(?:portcullis\.)?fs\./u;

async function permissions(subject: Subject): Promise<readonly Found[]> {
  const { findings } = await subject.audit();
  const about = findings.filter(({ checkId }) => FILE_CHECKS.test(checkId));
  if (about.length === 0) return [pass('Nobody else can read or change the files.')];
  return about.flatMap(({ checkId, severity, title, detail, remediation }) => {
    if (severity === 'info') return [];
    const says = `${title}. ${detail}`;
    const remedy = remediation ?? 'openclaw doctor --fix';
    return [(severity === 'critical' ? fail : warn)(says, remedy, { more: [checkId] })];
  });
}

/** What the audit says beside files: told here as a count, since it has a command of its own. */
async function others(subject: Subject): Promise<readonly Found[]> {
  if (subject.unreadable !== undefined || !subject.config.exists) return [];
  const { findings } = await subject.audit();
  const critical = findings.filter(
    ({ checkId, severity }) => severity === 'critical' && !FILE_CHECKS.test(checkId),
  );
  if (critical.length === 0) return [pass('The security audit finds nothing critical.')];
  const count =
    critical.length === 1 ? 'one critical finding' : `${critical.length} critical findings`;
  return [
    fail(`The security audit has ${count}.`, 'openclaw security audit', {
      more: critical.map(({ checkId, title }) => `${checkId} ${title}`),
    }),
  ];
}

function workspaces({ config, context }: Subject): readonly Found[] {
  const { stateDir } = context.paths;
  return describeAgents(config, context.paths).map(({ id, workspace }) => {
    const at = { path: workspace };
    const stat = statSync(workspace, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) return pass(`The workspace of ${id} is there.`, at);
    const isLink = lstatSync(workspace, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (stat !== undefined || isLink) {
      const what = isLink ? 'a link that leads nowhere' : 'no folder';
      return fail(`The workspace of ${id} is ${what}.`, `Move ${workspace} away.`, at);
    }
    const isOurs = workspace.startsWith(stateDir + sep);
    if (isOurs) return pass(`The workspace of ${id} is made when it is first used.`, at);
    return warn(`The workspace of ${id} is not there.`, 'openclaw doctor --fix', {
      ...at,
      mend: { kind: 'mkdir', path: workspace },
    });
  });
}

/** Checks of files and of the audit's opinion. */
export const securityChecks: readonly Check[] = [
  {
    id: 'security.permissions',
    group: 'security',
    about: 'What others may read or change, as `openclaw security audit` finds it.',
    look: permissions,
  },
  {
    id: 'security.audit',
    group: 'security',
    about: 'Whether the security audit has critical findings beside files.',
    look: others,
  },
  {
    id: 'security.workspace',
    group: 'security',
    about: 'That the workspace of each agent is a folder.',
    look: workspaces,
  },
];
