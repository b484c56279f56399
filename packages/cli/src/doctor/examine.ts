/**
 * Runs the checks, and sums up.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { channelChecks } from './channels.ts';
import { type Check, type Found, type Status, fail } from './check.ts';
import { configChecks } from './config.ts';
import { environmentChecks } from './environment.ts';
import { gatewayChecks } from './gateway.ts';
import { modelChecks } from './models.ts';
import { sandboxChecks } from './sandbox.ts';
import { securityChecks } from './security.ts';
import { storeChecks } from './store.ts';
import type { Subject } from './subject.ts';

/** Every check, in the order of the report. */
export const CHECKS: readonly Check[] = [
  ...environmentChecks,
  ...configChecks,
  ...securityChecks,
  ...channelChecks,
  ...modelChecks,
  ...sandboxChecks,
  ...storeChecks,
  ...gatewayChecks,
];

/** One line of the report. */
export interface Result extends Found {
  readonly id: string;
  readonly group: Check['group'];
}

/** What all checks found. */
export interface Report {
  /** True when nothing fails. */
  readonly ok: boolean;
  readonly counts: Readonly<Record<Status, number>>;
  readonly results: readonly Result[];
}

/** Runs the checks. One that breaks is a failure of its own and takes no other with it. */
export async function examine(
  subject: Subject,
  checks: readonly Check[] = CHECKS,
): Promise<Report> {
  const found = await Promise.all(
    checks.map(async ({ id, group, look }) =>
      (await lookSafely(look, subject)).map((each): Result => ({ ...each, id, group })),
    ),
  );
  const results = found.flat();
  const counts = { pass: 0, warn: 0, fail: 0, skip: 0 };
  for (const { status } of results) counts[status] += 1;
  return { ok: counts.fail === 0, counts, results };
}

async function lookSafely(look: Check['look'], subject: Subject): Promise<readonly Found[]> {
  try {
    return await look(subject);
  } catch (error) {
    const isOurs = PortcullisError.is(error);
    const what = error instanceof Error ? error.message : String(error);
    return [
      fail(
        `This could not be looked at: ${what}`,
        (isOurs ? error.hint : undefined) ?? 'OPENCLAW_DEBUG=1 openclaw status shows more.',
      ),
    ];
  }
}
