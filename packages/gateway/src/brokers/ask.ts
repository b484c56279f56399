/**
 * The `ask` broker: a question to the one who caused the turn is a message in his conversation, and
 * the answer is text of that person.
 *
 * @module
 */
import type { AskBroker } from '@portcullis/core';

import { textHash } from '../audit/journal.ts';
import { defang } from '../outbox/links.ts';
import { LONGEST_MS, type Questions } from '../questions/questions.ts';
import { type Budgets, budgetRefused } from '../budgets/budgets.ts';
import { answerPlace } from '../intake/answer-place.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { EffectGate } from './effect.ts';
import { answerSink } from './answer-sink.ts';

const USUAL_MS = 30 * 60_000;
const TEXT_CHARS = 2000;
const OPTION_CHARS = 100;
const MOST_OPTIONS = 4;

/** Asks for one call. */
export function createAskBroker(
  kernel: Kernel,
  gate: EffectGate,
  { questions, budgets }: { readonly questions: Questions; readonly budgets: Budgets },
): AskBroker {
  return {
    ask: async ({ text, options = [], timeoutMs = USUAL_MS }) => {
      const { run, event, callId, flow, signal, parked } = gate.site;
      const asked = text.slice(0, TEXT_CHARS).toWellFormed();
      const offered = options
        .slice(0, MOST_OPTIONS)
        .map((option) => option.slice(0, OPTION_CHARS).toWellFormed());
      const sink = answerSink(gate.site, [asked, ...offered].join('\n'));
      let isDefanged = false;
      const row = await gate.perform({
        kind: 'send',
        action: 'ask',
        facts: { textHash: textHash(asked), options: offered.length },
        subject: { text: asked, options: [...offered] },
        sink,
        decide: async () => {
          const decision = await flow.decide(sink);
          isDefanged = decision.constraints?.['urls'] === 'defanged';
          return [decision];
        },
        act: async () => {
          await spendMessage(kernel, budgets, gate);
          const draft = {
            run,
            event,
            callId,
            text: isDefanged ? defang(asked) : asked,
            options: isDefanged ? offered.map(defang) : offered,
            timeoutMs: Math.min(Math.max(timeoutMs, 1000), LONGEST_MS),
          };
          return await parked(() => questions.ask(draft, signal));
        },
        outcome: ({ id, state }) => ({ question: id, state }),
      });
      if (row.state !== 'answered') {
        return { status: row.state === 'declined' ? 'declined' : 'expired' };
      }
      await flow.learn({ from: row.answerTrust ?? 'external', source: 'an answer to a question' });
      return { status: 'answered', text: row.answer ?? '' };
    },
  };
}

/** Counts the message that asks. Throws `budget.exhausted`. */
async function spendMessage(kernel: Kernel, budgets: Budgets, { site }: EffectGate): Promise<void> {
  const to = answerPlace(site.event);
  if (to === undefined) return;
  const spender = { run: site.run, channel: to.channel };
  const { decision, hold } = await commit(kernel, (tx) =>
    budgets.reserve(tx, spender, { messages: 1 }),
  );
  if (hold === undefined) throw budgetRefused(decision);
}
