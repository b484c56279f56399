/**
 * Tells listeners of a piece of work while it is done.
 *
 * @module
 */
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';

import { TRACE_CHANNEL, type TracedWork } from '@portcullis/core';

const channel: TracingChannel<TracedWork, TracedWork> = tracingChannel(TRACE_CHANNEL);

/** What a piece of work may add when it knows more. */
export type Found = TracedWork['found'];

/**
 * Does `work` and tells of its begin, its end and how it ended. While nobody listens it only does
 * `work`. Facts are ids and codes: never a text, a sender, a session or an address.
 */
export function traced<T>(
  name: string,
  facts: TracedWork['facts'],
  work: (found: Found) => Promise<T>,
  parent?: string,
): Promise<T> {
  const found: Found = {};
  if (!channel.hasSubscribers) return work(found);
  const context: TracedWork = { name, facts, found, ...(parent !== undefined && { parent }) };
  return channel.tracePromise(async () => await work(found), context);
}
