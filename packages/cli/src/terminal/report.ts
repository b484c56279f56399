/**
 * Says what went wrong, to a person or to a program. A mistake of the user gets a sentence and what
 * to do; a fault of the program gets one line, and its place in the code only when asked for.
 *
 * @module
 */
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';

import type { Output } from './output.ts';
import { styled } from './style.ts';
import { isSystemError } from './system-error.ts';

/** What an error is told with. */
export interface ReportOptions {
  readonly json: boolean;
  /** `OPENCLAW_DEBUG=1`. */
  readonly debug: boolean;
  /** Where the gateway logs; undefined before the state directory is known. */
  readonly logsDir: string | undefined;
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Of a refusal of the gateway: which one. */
  readonly reason?: string;
  readonly issues?: readonly unknown[];
  /** What a change that was not agreed to opens and closes. */
  readonly opens?: readonly unknown[];
  readonly closes?: readonly unknown[];
}

function whereToLook({ debug, logsDir }: ReportOptions): string {
  const log = logsDir === undefined ? '' : ` The gateway's log is ${join(logsDir, 'gateway.log')}.`;
  return debug ? log.trim() : `OPENCLAW_DEBUG=1 shows where.${log}`;
}

function tell(error: unknown, options: ReportOptions): Told {
  if (PortcullisError.is(error)) {
    const { code, message, details } = error;
    // What a method refuses says the rest in its details, over the wire and without one.
    const isRefusal = code === 'gateway.refused' || code === 'request.invalid';
    const said = (name: string): unknown => (isRefusal ? details?.[name] : undefined);
    const hint = error.hint ?? said('hint');
    const listed = (name: string): readonly unknown[] | undefined =>
      Array.isArray(details?.[name]) ? details[name] : undefined;
    const [issues, opens, closes] = ['issues', 'opens', 'closes'].map(listed);
    const reason = said('reason');
    return {
      code,
      message,
      ...(typeof hint === 'string' && { hint }),
      ...(typeof reason === 'string' && { reason }),
      ...(issues !== undefined && { issues }),
      ...(opens !== undefined && { opens }),
      ...(closes !== undefined && { closes }),
    };
  }
  if (isSystemError(error)) {
    return { code: 'internal.system', message: error.message, hint: whereToLook(options) };
  }
  const name = error instanceof Error ? error.name : typeof error;
  return {
    code: 'internal.fault',
    message: `openclaw itself failed (${name}).`,
    hint: whereToLook(options),
  };
}

function issueLine(issue: unknown): string | undefined {
  if (typeof issue !== 'object' || issue === null) return undefined;
  if (!('path' in issue) || !('message' in issue)) return undefined;
  return `${String(issue.path)}: ${String(issue.message)}`;
}

/** Tells an error: to a person on stderr, to a program on stdout, as the document it waits for. */
export function reportError(out: Output, error: unknown, options: ReportOptions): void {
  const told = tell(error, options);
  if (options.json) {
    out.jsonLine({ ok: false, error: told });
  } else {
    out.note(
      styled('red', 'Error:'),
      ` ${told.message}`,
      styled('dim', ` [${told.reason ?? told.code}]`),
    );
    const { issues = [] } = told;
    // The message names the first one.
    for (const issue of issues.length > 1 ? issues : []) {
      const line = issueLine(issue);
      if (line !== undefined) out.note(`  ${line}`);
    }
    if (told.hint !== undefined && told.hint !== '') out.note(`  ${told.hint}`);
  }
  const stack = error instanceof Error ? error.stack : undefined;
  if (options.debug && stack !== undefined) for (const line of stack.split('\n')) out.note(line);
}
