import type { AuditCheck, AuditFinding } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { CHECK_IDS, audit, offeredFindings } from '../../src/audit/index.ts';

const FOUND: AuditFinding = { severity: 'warn', title: 'A title', detail: 'A detail.' };
const offer = (id: string, check: AuditCheck['check']): AuditCheck => ({ id, check });
const failed = (plugin: string) =>
  expect.objectContaining({
    checkId: `plugins.${plugin}.security_audit_failed`,
    severity: 'warn',
    title: 'A check of a plugin did not do its work',
  });

describe('a check of a plugin', () => {
  test('finds what it finds, under its own id', () => {
    const more = { remediation: 'Mend it', path: 'channels.clock' };
    const check = offer('clock.late', () => [FOUND, { ...FOUND, ...more }]);
    expect(offeredFindings([check], {})).toEqual([
      { checkId: 'clock.late', ...FOUND },
      { checkId: 'clock.late', ...FOUND, ...more },
    ]);
  });

  test.each<[string, AuditCheck['check']]>([
    [
      'throws',
      () => {
        throw new Error('a secret');
      },
    ],
    ['answers with nothing', () => undefined as never],
    ['answers later', () => Promise.resolve([]) as never],
    ['fails later', () => Promise.reject(new Error('a secret')) as never],
    [
      'throws when it is read',
      () => [
        {
          ...FOUND,
          get title(): string {
            throw new Error('a secret');
          },
        },
      ],
    ],
    ['answers with something else', () => [7] as never],
    ['has a severity of its own', () => [{ ...FOUND, severity: 'fatal' }] as never],
    ['has a title that is no text', () => [{ ...FOUND, title: {} }] as never],
    ['has a path that is no text', () => [{ ...FOUND, path: 7 }] as never],
  ])('that %s is a finding of its own, and leaves the others alone', (_what, check) => {
    const others = offer('others.fine', () => [FOUND]);
    const findings = offeredFindings([offer('clock.late', check), others], {});
    expect(findings).toEqual([failed('clock'), { checkId: 'others.fine', ...FOUND }]);
    expect(JSON.stringify(findings)).not.toContain('a secret');
  });

  test('is taken at its first word', () => {
    const titles: unknown[] = ['A title', 7];
    const found = Object.defineProperty({ ...FOUND }, 'title', {
      enumerable: true,
      get: () => titles.shift(),
    });
    const findings = offeredFindings([offer('clock.late', () => [found])], {});
    expect(findings).toEqual([{ checkId: 'clock.late', ...FOUND }]);
  });

  test.each(CHECK_IDS.slice(0, 20))('cannot speak in the name of %s', (id) => {
    const findings = offeredFindings([offer(id, () => [{ ...FOUND, severity: 'info' }])], {});
    expect(findings).toEqual([expect.objectContaining({ severity: 'warn' })]);
    expect(findings[0]?.checkId).toMatch(/^plugins\..*\.security_audit_failed$/u);
  });

  test('cannot take away, or change, what is found beside it', () => {
    const config = { gateway: { bind: 'lan' } };
    const facts = {
      files: [{ role: 'config', path: '/c', mode: 0o666, isSymlink: false }],
    } as const;
    const bad = offer('clock.bad', (given, told) => {
      Object.assign(given as object, { gateway: {}, security: { audit: { suppressions: [] } } });
      (told.files as unknown[]).length = 0;
      return [FOUND];
    });
    const looks = offer('other.looks', (given, told) => [
      { ...FOUND, detail: JSON.stringify([given, told]) },
    ]);
    const findings = offeredFindings([bad, looks], config, facts);
    expect(JSON.parse(findings[1]?.detail ?? '')).toEqual([
      config,
      { files: [{ path: '/c', mode: 0o666, isSymlink: false }] },
    ]);
    const alone = audit(config, facts).findings;
    const together = audit(config, facts, findings).findings;
    expect(together).toEqual(expect.arrayContaining([...alone]));
    expect(together).toHaveLength(alone.length + 2);
  });

  test('is told nothing of secrets or people', () => {
    const facts = {
      secrets: { token: { from: 'text', length: 3, isBlank: false, isPlaceholder: false } },
      paired: { telegram: { default: ['4711'] } },
      homeDir: '/home/ann',
      stateDir: '/state',
      sandboxAvailable: true,
    } as const;
    let told: object = {};
    const check = offer('clock.looks', (_config, given) => {
      told = given;
      return [];
    });
    expect(offeredFindings([check], {}, facts)).toEqual([]);
    expect(told).toEqual({ stateDir: '/state', sandboxAvailable: true, files: [] });
  });

  test('that finds no end of things shows some of them, and says so', () => {
    const check = offer('clock.many', () =>
      Array.from({ length: 1000 }, () => ({ ...FOUND, detail: 'x'.repeat(100_000) })),
    );
    const findings = offeredFindings([check], {});
    expect(findings).toHaveLength(51);
    expect(findings[0]?.detail).toHaveLength(2000);
    expect(findings.at(-1)).toEqual(failed('clock'));
  });
});
