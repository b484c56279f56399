/** Calls whose results are checked against both schemas. */
import { type MethodName, METHODS } from '@portcullis/protocol';
import { expect } from 'vitest';

import type { Frame, Raw } from './clients.ts';
import { publishedFaults, publishedResult } from './published-schema.ts';

/** Calls a method and checks its result against our schema and the published one. */
export async function checkedCall(
  raw: Raw,
  method: MethodName,
  params?: unknown,
): Promise<Record<string, unknown>> {
  const { payload, error } = await raw.request(method, params);
  expect(error).toBeUndefined();
  expect(METHODS[method].result.safeParse(payload).error).toBeUndefined();
  const published = publishedResult(method);
  if (published !== undefined) expect(publishedFaults(published, payload)).toEqual([]);
  return payload as Record<string, unknown>;
}

/** The error of a call that must fail. */
export async function failedCall(
  raw: Raw,
  method: string,
  params?: unknown,
): Promise<NonNullable<Frame['error']>> {
  const { error } = await raw.request(method, params);
  if (error === undefined) throw new Error('expected an error');
  return error;
}
