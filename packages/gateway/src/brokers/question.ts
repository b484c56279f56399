/**
 * The question an effect puts to an approver, made of the decisions that ask.
 *
 * @module
 */
import { type Decision, type Json, PortcullisError, canonicalJson } from '@portcullis/core';

import { refusal } from '../approvals/refusal.ts';
import type { ApprovalQuestion, Standing } from '../approvals/row.ts';
import type { CallSite, Effect } from './effect.ts';

/** Most UTF-16 units of what an approver has to read. More than that nobody reads, so nobody is asked. */
const MOST_TO_READ = 200_000;

/** The decisions that ask, each question once. */
export function asksOf(decisions: readonly Decision[]): readonly Decision[] {
  const asks = decisions.filter(({ effect }) => effect === 'ask');
  // One file under two names asks twice for the same.
  return [...new Map(asks.map((each) => [questionKey(each), each])).values()];
}

/** The question about an effect. Throws `approval.too_long` for what nobody would read. */
export async function questionOf(
  { run, event, callId, tool, flow }: CallSite,
  effect: Pick<Effect<unknown>, 'kind' | 'action' | 'subject' | 'sink' | 'standing'>,
  decisions: readonly Decision[],
): Promise<ApprovalQuestion> {
  const { kind, action, subject, sink } = effect;
  if (canonicalJson(subject).length > MOST_TO_READ) throw tooLong();
  const [first, ...others] = asksOf(decisions);
  if (first === undefined) throw refusal('mismatch');
  const asks = [first, ...others] as const;
  const ofFlow = asks.filter(({ code }) => code.startsWith('flow.'));
  const told = ofFlow.length === 0 || sink === undefined ? undefined : await flow.asked(sink);
  // An answer for good answers one question: where two are asked there is none.
  const standing =
    asks.length === 1 ? await standingOf(effect, ofFlow.length === 1, flow) : undefined;
  return {
    run,
    callId,
    tool,
    kind,
    action,
    subject,
    asks,
    ...told,
    ...(standing === undefined ? {} : { standing }),
    ...(event.origin === undefined ? { source: event.conversation } : {}),
  };
}

async function standingOf(
  { sink, standing }: Pick<Effect<unknown>, 'sink' | 'standing'>,
  byFlow: boolean,
  flow: CallSite['flow'],
): Promise<Standing | undefined> {
  if (!byFlow) return await standing?.();
  const digest = sink === undefined ? undefined : await flow.standing(sink);
  return digest === undefined ? undefined : { kind: 'flow', digest };
}

/**
 * Whether what is asked now was all asked before, of a session that has seen no more: only then does
 * the answer cover it.
 */
export function isSameQuestion(before: readonly Decision[], now: readonly Decision[]): boolean {
  const known = new Set(asksOf(before).map(questionKey));
  return asksOf(now).every((each) => known.has(questionKey(each)));
}

function questionKey({ code, value }: Decision): string {
  const label =
    typeof value === 'object' && value !== null && 'label' in value ? value.label : undefined;
  return JSON.stringify([code, label]);
}

/** Ids of the grants that decisions rest on. */
export function grantsOf(decisions: readonly Decision[]): readonly string[] {
  const ids = decisions.flatMap(({ value }): readonly unknown[] =>
    typeof value === 'object' && value !== null && 'grants' in value && Array.isArray(value.grants)
      ? value.grants
      : [],
  );
  return [...new Set(ids.filter((id) => typeof id === 'string'))];
}

/** Bytes as an approver is shown them: all of them, as text where they are text. */
export function shownBytes(bytes: Uint8Array): { readonly [key: string]: Json } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

function tooLong(): PortcullisError {
  return new PortcullisError('approval.too_long', 'This is more than an approver can read.', {
    hint: 'Do it in smaller steps, each of which can be read.',
  });
}
