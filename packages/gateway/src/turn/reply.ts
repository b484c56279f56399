/**
 * The last gate of a turn: what the model wrote is itself a way out of the session.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { Sink } from '@portcullis/policy/flow';

import type { ApprovalOutcome, Approvals } from '../approvals/approvals.ts';
import { answerSink, receiversOf } from '../brokers/answer-sink.ts';
import type { CallSite } from '../brokers/effect.ts';
import { EGRESS_BLOCKED } from '../egress/guard.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import { defang } from '../outbox/links.ts';

/** Said instead of an answer that may not leave the session. */
const WITHHELD = 'I have an answer, but I may not send it here.';

/** Call id of a reply in approvals: a run has one. */
export const REPLY_CALL = 'reply';

/**
 * The text that may be sent: the answer as it is, with its links made harmless, or a sentence that it
 * is withheld. Waits for an approver where policy asks for one.
 */
export async function settleReply(
  kernel: Kernel,
  approvals: Approvals,
  site: CallSite,
  text: string,
): Promise<string> {
  // What a sub-agent answers stays inside: whoever reads it knows from then on what it knows.
  if (text.trim() === '' || site.event.kind === 'subagent') return text;
  const { run, flow, signal } = site;
  if (kernel.egress.completes(run.sessionKey, REPLY_CALL, [text])) {
    return await withhold(kernel, run, EGRESS_BLOCKED, EGRESS_BLOCKED.code);
  }
  const sink = answerSink(site, text);
  const decision = await flow.decide(sink);
  if (decision.effect === 'allow') {
    kernel.egress.left(run.sessionKey, REPLY_CALL, [text]);
    return decision.constraints?.['urls'] === 'defanged' ? defang(text) : text;
  }
  const outcome =
    decision.effect === 'ask'
      ? await ask(kernel, approvals, site, { decision, sink, text })
      : { allowed: false as const, code: decision.code };
  signal.throwIfAborted();
  if (!outcome.allowed) return await withhold(kernel, run, decision, outcome.code);
  kernel.egress.left(run.sessionKey, REPLY_CALL, [text]);
  return text;
}

/**
 * The result of a call that its caller made himself, as it may be told to him, or the decision that
 * keeps it. Nobody is asked.
 */
export async function releaseResult(
  kernel: Kernel,
  site: CallSite,
  text: string,
): Promise<{ readonly text: string } | { readonly refused: Decision }> {
  const { run, flow } = site;
  const hidden = kernel.egress.completes(run.sessionKey, REPLY_CALL, [text]);
  const decision = hidden ? EGRESS_BLOCKED : await flow.decide(answerSink(site, text));
  if (decision.effect !== 'allow') {
    await withhold(kernel, run, decision, decision.code);
    return { refused: decision };
  }
  kernel.egress.left(run.sessionKey, REPLY_CALL, [text]);
  return { text: decision.constraints?.['urls'] === 'defanged' ? defang(text) : text };
}

/** Writes down that an answer stays, and gives what is said instead. */
async function withhold(
  kernel: Kernel,
  run: InboxRun,
  decision: Decision,
  cause: string,
): Promise<string> {
  await commit(kernel, (tx) => {
    kernel.journal.record(tx, {
      kind: 'effect',
      at: kernel.now(),
      principal: run.principal.id,
      effect: decision.effect,
      code: 'effect.reply_withheld',
      path: decision.path,
      decision: decision.code,
      cause,
      runId: run.runId,
      sessionKey: run.sessionKey,
    });
  });
  return WITHHELD;
}

/** Asks whether the answer may be sent, and uses a yes up. */
async function ask(
  kernel: Kernel,
  approvals: Approvals,
  site: CallSite,
  asked: { readonly decision: Decision; readonly sink: Sink; readonly text: string },
): Promise<ApprovalOutcome> {
  const { run, event, flow, signal, parked, stop } = site;
  const { decision, sink, text } = asked;
  const { flow: label, story } = await flow.asked(sink);
  const outcome = await parked(() =>
    approvals.ask(
      {
        run,
        callId: REPLY_CALL,
        tool: 'reply',
        kind: 'send',
        action: 'reply',
        subject: { to: receiversOf(event, run), text },
        asks: [decision],
        flow: label,
        story,
        // After a restart the model answers anew, in other words.
        remade: true,
        ...(event.origin === undefined ? { source: event.conversation } : {}),
      },
      signal,
    ),
  );
  if (outcome.allowed) await commit(kernel, (tx) => approvals.consume(tx, outcome.id));
  else if (outcome.code === 'approval.ask_flood') stop();
  return outcome;
}
