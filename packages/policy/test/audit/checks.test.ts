import { describe, expect, test } from 'vitest';

import { CHECK_IDS, audit } from '../../src/audit/index.ts';
import { TRIGGERS } from './triggers/index.ts';

function found(id: string, { config = {}, facts = {} }: { config?: object; facts?: object }) {
  return audit(config, facts).findings.filter(({ checkId }) => checkId === id);
}

describe('every check', () => {
  test.each(TRIGGERS.map((row) => [row.id ?? row.check, row.severity, row] as const))(
    '%s (%s) is found where it is and not where it is not',
    (id, severity, { on, off }) => {
      const hits = found(id, on);
      expect(hits.map((hit) => hit.severity)).toContain(severity);
      for (const { title, detail } of hits) {
        expect(title).not.toBe('Something was found');
        expect(detail.endsWith('.') || detail.endsWith('=false')).toBe(true);
      }
      expect(found(id, off).filter((hit) => hit.severity === severity)).toEqual([]);
    },
  );

  test('has a row in the table', () => {
    const rows = new Set(TRIGGERS.map(({ check }) => check));
    // The summary is always there; what plugins offer is run beside the others: offered.test.ts.
    const others = new Set(['summary.attack_surface', 'plugins.<id>.security_audit_failed']);
    expect(CHECK_IDS.filter((id) => !rows.has(id) && !others.has(id))).toEqual([]);
    expect([...rows].filter((id) => !CHECK_IDS.includes(id))).toEqual([]);
  });
});

describe('a report', () => {
  test('begins with the summary, and then the worst', () => {
    const { findings, summary } = audit({ gateway: { bind: 'lan' } });
    const [first, ...rest] = findings;
    expect(first?.checkId).toBe('summary.attack_surface');
    const order = rest.map(({ severity }) => ['critical', 'warn', 'info'].indexOf(severity));
    expect(order).toEqual(order.toSorted());
    expect(rest[0]?.severity).toBe('critical');
    expect(summary.critical).toBe(findings.filter((each) => each.severity === 'critical').length);
  });

  test('is there for any config at all', () => {
    for (const config of [
      null,
      7,
      'x',
      [],
      { gateway: 7, channels: [], tools: 'x', agents: null },
    ]) {
      expect(audit(config).findings.length).toBeGreaterThan(0);
    }
  });

  test('shows what others found beside it, and hides it where asked to', () => {
    const more = [{ checkId: 'theirs', severity: 'warn', title: 'T', detail: 'D.' }] as const;
    expect(audit({}, {}, more).findings.map(({ checkId }) => checkId)).toContain('theirs');
    const config = {
      security: { audit: { suppressions: [{ checkId: 'theirs', reason: 'known' }] } },
    };
    const { suppressedFindings } = audit(config, {}, more);
    expect(suppressedFindings).toEqual([{ ...more[0], suppression: { reason: 'known' } }]);
  });

  test('cannot be made to hide that something is hidden', () => {
    const hide = [
      { checkId: 'security.audit.suppressions.active' },
      { checkId: 'config.insecure_or_dangerous_flags' },
    ];
    const { findings, suppressedFindings } = audit({ security: { audit: { suppressions: hide } } });
    const ids = findings.map(({ checkId }) => checkId);
    expect(ids).toContain('security.audit.suppressions.active');
    expect(ids).not.toContain('config.insecure_or_dangerous_flags');
    expect(suppressedFindings).toHaveLength(1);
  });

  test('holds no secret it was told of', () => {
    const { findings } = audit(
      {
        gateway: { auth: { token: 'canary-token' } },
        hooks: { enabled: true, token: 'canary-hook' },
      },
      {},
    );
    expect(JSON.stringify(findings)).not.toContain('canary');
  });
});
