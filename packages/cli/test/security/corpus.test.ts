/**
 * Configs and machines of all kinds, and what an audit has to say about each.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { type ConfigObject, getPath } from '@portcullis/gateway/config';
import { describe, expect, test } from 'vitest';

import { openOperator } from '../../src/compose/open-operator.ts';
import { call } from '../call.ts';
import { type Case, type Report, cases, prepare, scope } from './corpus.ts';

/** What is not true of this gateway, because it is stricter where nothing is written. */
const UNTRUE: Readonly<Record<string, readonly [string, string]>> = {
  '108-fs-tools-denied-exec-left': [
    'tools.exec.fs_tools_disabled_but_exec_enabled',
    'without a profile the profile is messaging, which has no commands',
  ],
  '153-plugins-no-allowlist': [
    'plugins.tools_reachable_permissive_policy',
    'without a profile the profile is messaging, which has no tools of plugins',
  ],
  '219-docs-exec-approvals-interpreter': [
    'tools.exec.allowlist_interpreter_without_strict_inline_eval',
    'tools.exec.strictInlineEval is on unless it is switched off',
  ],
};

function matches(pattern: string, id: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === id;
  return id.startsWith(head) && id.endsWith(rest.at(-1) ?? '');
}

async function auditOf(each: Case) {
  const { home, env, stateDir, configPath } = prepare(each);
  const args = ['security', 'audit', '--json', ...(each.run?.args ?? [])];
  const called = await call(args, { home, env, doors: { openOperator } });
  return { ...called, stateDir, configPath };
}

function expectReport(each: Case, report: Report): void {
  const { findings, summary, suppressedFindings = [] } = report;
  const [untrue] = UNTRUE[each.name] ?? [];
  for (const { checkId, severity, altIds = [], count } of each.present ?? []) {
    const hits = findings.filter((found) =>
      [checkId, ...altIds].some((id) => matches(id, found.checkId)),
    );
    if (checkId === untrue) {
      expect(hits, `${checkId} is untrue here`).toEqual([]);
      continue;
    }
    expect(
      hits.map((found) => found.severity),
      checkId,
    ).toContain(severity);
    if (count !== undefined) expect(hits, checkId).toHaveLength(count);
  }
  const absent =
    each.absentExcept === undefined
      ? (each.absent ?? [])
      : scope.filter((id) => each.absentExcept?.includes(id) !== true);
  const wrong = findings.filter((found) => absent.some((id) => matches(id, found.checkId)));
  expect(wrong).toEqual([]);
  if (each.noCritical === true) {
    expect(findings.filter(({ severity }) => severity === 'critical')).toEqual([]);
  }
  expect(suppressedFindings.map(({ checkId }) => checkId)).toEqual(
    expect.arrayContaining([...(each.suppressed ?? [])]),
  );
  for (const severity of ['critical', 'warn', 'info']) {
    const count = findings.filter((found) => found.severity === severity).length;
    expect(summary[severity], severity).toBe(count);
  }
}

/** What a fix left behind. */
function expectFixed(
  { fix, config }: Case,
  { stateDir, configPath }: { readonly stateDir: string; readonly configPath: string },
): void {
  for (const [path, mode] of Object.entries(fix?.modes ?? {})) {
    const { mode: found } = statSync(join(stateDir, path));
    expect((found & 0o777).toString(8), path).toBe(mode);
  }
  const now = JSON.parse(readFileSync(configPath, 'utf8')) as ConfigObject;
  for (const path of fix?.unchanged ?? []) {
    expect(getPath(now, path), path).toEqual(getPath(config as ConfigObject, path));
  }
}

describe('an audit of', () => {
  test.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    const { code, stdout, ...where } = await auditOf(each);
    if (each.orRejected === true && code !== 0) return;
    const isFix = each.run?.args?.includes('--fix') === true;
    const isReport =
      stdout.startsWith('{') && (isFix ? 'report' : 'findings') in (JSON.parse(stdout) as object);
    if (each.noReport === true && !(each.orReport !== undefined && isReport)) {
      expect(code).not.toBe(0);
      expect(isReport).toBe(false);
      return;
    }
    expect(code).toBe(0);
    const wanted = each.orReport === undefined ? each : { ...each.orReport, name: each.name };
    if (!isFix) {
      expectReport(wanted, JSON.parse(stdout) as Report);
      return;
    }
    const { report } = JSON.parse(stdout) as { readonly report: Report };
    expectReport(wanted, report);
    expectFixed(each, where);
  });
});

test('what is untrue here names cases there are', () => {
  const names = new Set(cases.map(({ name }) => name));
  expect(Object.keys(UNTRUE).filter((name) => !names.has(name))).toEqual([]);
});
