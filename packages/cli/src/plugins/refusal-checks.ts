/**
 * What an audit says of plugins of others: those that are refused, and those whose origin cannot be
 * vouched for.
 *
 * @module
 */
import type { AuditCheck, AuditFinding } from '@portcullis/core';

import { type PluginRefusal, type PluginState, idOf } from './examine.ts';
import { isVersion } from './version-range.ts';

/** What is known of the plugins of others. */
export interface KnownPlugins {
  readonly states: readonly PluginState[];
  readonly refused: readonly PluginRefusal[];
}

function pathOf(id: string): string {
  return `plugins.entries.${id}`;
}

function drifted({ states }: KnownPlugins): readonly AuditFinding[] {
  return states.flatMap((state): AuditFinding[] => {
    if (state.status !== 'refused' || state.refusal.code !== 'plugin.drift') return [];
    const { id, message, hint } = state.refusal;
    return [
      {
        severity: state.isAllowed ? 'critical' : 'warn',
        title: 'A plugin changed after it was agreed to',
        detail: `${message} It is not loaded.`,
        path: pathOf(id),
        ...(hint !== undefined && { remediation: hint }),
      },
    ];
  });
}

function unpinned({ states }: KnownPlugins): readonly AuditFinding[] {
  return states.flatMap((state): AuditFinding[] => {
    const record = state.found?.record;
    if (record?.source.kind !== 'npm') return [];
    const version = /.@(.+)$/u.exec(record.source.asked)?.[1] ?? '';
    if (isVersion(version)) return [];
    return [
      {
        severity: 'info',
        title: 'A plugin was asked for without an exact version',
        detail: `${record.source.asked} was asked for; ${record.version} is what is installed and held to.`,
        path: pathOf(record.id),
        remediation: `openclaw plugins install ${record.name}@${record.version}`,
      },
    ];
  });
}

function unproven({ states }: KnownPlugins): readonly AuditFinding[] {
  return states.flatMap((state): AuditFinding[] => {
    if (state.status !== 'ready') return [];
    const { id, record, root } = state.found;
    if (record === undefined) {
      return [
        {
          severity: 'warn',
          title: 'A plugin is loaded from a folder',
          detail: `${id} is loaded from ${root}; what lies below its node_modules is not checked.`,
          path: 'plugins.load.paths',
          remediation: `Install it: openclaw plugins install ${root}`,
        },
      ];
    }
    if (record.registryIntegrity !== null) return [];
    return [
      {
        severity: 'warn',
        title: 'No registry vouches for a plugin',
        detail: `${id} ${record.version} was installed from ${record.source.asked}.`,
        path: pathOf(id),
      },
    ];
  });
}

function refused({ refused: all }: KnownPlugins): readonly AuditFinding[] {
  return all
    .filter(({ code }) => code !== 'plugin.drift')
    .map(({ id, code, message, hint }) => ({
      severity: 'warn',
      title: 'A plugin that is allowed is not loaded',
      detail: `${message} [${code}]`,
      path: pathOf(id),
      ...(hint !== undefined && { remediation: hint }),
    }));
}

function loaded({ states, refused: out }: KnownPlugins): readonly AuditFinding[] {
  const names = states
    .filter((state) => state.status === 'ready')
    .map(idOf)
    .filter((id) => !out.some((each) => each.id === id));
  if (names.length === 0) return [];
  return [
    {
      severity: 'info',
      title: 'Code of others runs in the gateway',
      detail: `${names.join(', ')}: with every right the gateway has.`,
      path: 'plugins.allow',
    },
  ];
}

/** The checks. */
export function refusalChecks(known: () => KnownPlugins): readonly AuditCheck[] {
  const checks: Readonly<Record<string, (plugins: KnownPlugins) => readonly AuditFinding[]>> = {
    installs_version_drift: drifted,
    installs_unpinned_npm_specs: unpinned,
    installs_missing_integrity: unproven,
    load_refused: refused,
    others_loaded: loaded,
  };
  return Object.entries(checks).map(([name, check]) => ({
    id: `plugins.${name}`,
    check: () => check(known()),
  }));
}
