/**
 * The gate and what stands beside it: commands, buttons, answers.
 *
 * @module
 */
import type { Event } from '@portcullis/core';

import { ApprovalAnswers } from '../approvals/answer.ts';
import type { Gestures } from '../channels/gestures.ts';
import { behind } from '../behind.ts';
import { Control } from '../control.ts';
import { ExecCommands } from '../intake/exec-commands.ts';
import { Gate } from '../intake/gate.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Notices } from '../notices.ts';
import { QuestionButtons } from '../questions/buttons.ts';
import { renewSession } from '../session/sessions.ts';
import { isGatewayDoor } from '../turn/record.ts';
import { endLife } from './end-life.ts';
import type { Ground } from './ground.ts';

/** Builds the gate. */
export function createGate(ground: Ground, take: (key: string) => Promise<void>): Gate {
  const { kernel, inbox, outbox, runs, pairing, approvals, questions, gestures, notices } = ground;
  const { lanes, delegations } = ground;
  const answers = new ApprovalAnswers(kernel, approvals);
  const buttons = new QuestionButtons(kernel, questions);
  const control = new Control(kernel, {
    inbox,
    outbox,
    runs,
    stopDelegated: (sessionKey) => delegations.stopFor(sessionKey),
    resetSession: async (run) => {
      endLife(ground, run.sessionKey);
      await delegations.stopFor(run.sessionKey);
      await resetSession(kernel, notices, run);
    },
    setActivation: (run, activation) => ground.gate().setActivation(run, activation),
    approve: (event, run, args) => answers.command(event, run, args),
    execCommands: new ExecCommands(kernel),
    press: async (event, run) =>
      (await answers.press(event, run)) ?? (await buttons.press(event, run)),
    answerButton: gestures.answerButton,
  });
  return new Gate(kernel, {
    inbox,
    outbox,
    pairing,
    wake: (key, run) => lanes.enter(run.sessionKey, () => take(key), key),
    isRunning: (runId) => runs.get(runId) !== undefined,
    hasRoom: (sessionKey) => lanes.hasRoom(sessionKey),
    control: (key, event, run) => control.run(key, event, run),
    isBound: async (event) => (await answers.isBound(event)) || (await buttons.isBound(event)),
    unbound: (event) =>
      gestures.quietly(tellUnbound([answers, buttons], gestures, event), 'looking up a button'),
    answer: async (tx, event, run) => {
      const row = await questions.take(tx, event, run);
      if (row === undefined) return undefined;
      return () => {
        questions.told(row);
        // Whoever wrote over the gateway protocol waits for the end of a run of his own.
        if (isGatewayDoor(event)) runs.begin(run).end('ok', { text: '', stopReason: 'stop' });
      };
    },
    behind: (event) =>
      behind(kernel, { ...ground, standing: (of) => ground.gate().standing(of) }, event),
    leave: gestures.leave,
    seen: gestures.seen,
  });
}

/** Says why a button does nothing, to those who may know. */
async function tellUnbound(
  kinds: readonly Pick<ApprovalAnswers, 'unboundText'>[],
  gestures: Gestures,
  event: Event,
): Promise<void> {
  for (const kind of kinds) {
    const text = await kind.unboundText(event);
    if (text !== undefined) gestures.answerButton(event, text);
  }
}

async function resetSession(kernel: Kernel, notices: Notices, run: InboxRun): Promise<void> {
  const { sessionKey, agentId } = run;
  await commit(kernel, (tx) => renewSession(tx, sessionKey, kernel.now()));
  notices.tell({ type: 'session', sessionKey, agentId, reason: 'reset' });
}
