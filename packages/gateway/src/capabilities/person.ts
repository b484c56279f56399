/**
 * Who a run works for in the end: whoever handed on the rights it acts on first.
 *
 * @module
 */
import type { Principal } from '@portcullis/core';
import type { Capability } from '@portcullis/policy/capability';

/** A run, as far as it tells who is behind it. */
export interface Acting {
  readonly principal: Principal;
  readonly capability?: Capability;
}

/** The person, job or hook behind a run, and the channel he came by. */
export function personBehind({ principal, capability }: Acting): Pick<Principal, 'id' | 'channel'> {
  const first = capability?.blocks[0];
  if (first === undefined) return principal;
  const channel = own(own(first.scope, 'facts'), 'channel');
  return { id: first.issuer, channel: typeof channel === 'string' ? channel : principal.channel };
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
