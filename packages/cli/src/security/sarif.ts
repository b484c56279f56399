/**
 * A report in SARIF 2.1.0, which dashboards for code scanning read.
 *
 * @module
 */
import { pathToFileURL } from 'node:url';

import type { AuditReport, Finding, SuppressedFinding } from '@portcullis/policy/audit';

const LEVELS = { critical: 'error', warn: 'warning', info: 'note' } as const;

function locationOf({ path }: Finding, configPath: string): string {
  const file = path?.startsWith('/') === true ? path : configPath;
  return pathToFileURL(file).href;
}

function ruleOf({ checkId, title, remediation }: Finding): object {
  return {
    id: checkId,
    shortDescription: { text: title },
    ...(remediation !== undefined && { help: { text: remediation } }),
  };
}

/** The report as one run of one tool. */
export function sarifOf(
  { findings, suppressedFindings }: AuditReport,
  { version, configPath }: { readonly version: string; readonly configPath: string },
): object {
  const all: readonly (Finding & Partial<SuppressedFinding>)[] = [
    ...findings,
    ...suppressedFindings,
  ];
  const rules = new Map(all.map((found) => [found.checkId, ruleOf(found)]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'openclaw security audit', version, rules: [...rules.values()] } },
        results: all.map((found) => ({
          ruleId: found.checkId,
          level: LEVELS[found.severity],
          message: { text: `${found.title}. ${found.detail}` },
          locations: [
            {
              physicalLocation: { artifactLocation: { uri: locationOf(found, configPath) } },
              ...(found.path !== undefined && {
                logicalLocations: [{ fullyQualifiedName: found.path }],
              }),
            },
          ],
          ...(found.suppression !== undefined && {
            suppressions: [
              { kind: 'external', justification: found.suppression.reason ?? 'configured' },
            ],
          }),
        })),
      },
    ],
  };
}
