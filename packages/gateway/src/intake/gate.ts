/**
 * The one admission. Every accepted event is decided here, whatever door it came through, and what
 * follows from the decision is committed with it: a denied text is gone in the transaction that
 * denies it, a stranger's pairing code is written together with its one reply.
 *
 * @module
 */
import {
  type Conversation,
  type Decision,
  type Event,
  type Tx,
  messageEventId,
} from '@portcullis/core';
import { type Admission, type AdmitState, combine } from '@portcullis/policy';
import { taintOf } from '@portcullis/policy/flow';

import { bearingOf, bornBy } from './bearer.ts';
import { BotLoops } from './bot-loops.ts';
import { isKnownCommand } from './commands.ts';
import { type GatewayInbox, type InboxRow, type InboxRun, inboxTable } from './inbox.ts';
import type { JournalEntry } from '../audit/journal.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { isSentByUs } from '../outbox/pressed.ts';
import type { OutboxRow } from '../outbox/row.ts';
import type { Pairing } from '../pairing/pairing.ts';
import { strictest } from './plugin-policy.ts';
import { recordedFacts } from './recorded-facts.ts';
import { routeAgent, sessionKeyOf } from './policy-input.ts';
import { storeRoomContext } from './room-context.ts';
import { Sequencer } from '../sequencer.ts';
import { openSession, readSession, writeSession } from '../session/sessions.ts';

/** What the gate hands events on to. */
export interface GateRooms {
  readonly inbox: GatewayInbox;
  readonly outbox: Outbox;
  readonly pairing: Pairing;
  /** An event that wakes the agent: waits in its lane. */
  readonly wake: (key: string, run: InboxRun) => void;
  /** Whether the turn of a run has begun. */
  readonly isRunning: (runId: string) => boolean;
  /** Whether a lane takes one more. */
  readonly hasRoom: (sessionKey: string) => boolean;
  /** A control event: runs at once, past the lanes. Resolves when it is done. */
  readonly control: (key: string, event: Event, run: InboxRun) => Promise<void>;
  /** Whether a pressed button is bound to its record, its message and the one who pressed it. */
  readonly isBound: (event: Event) => Promise<boolean>;
  /** Somebody who passed the gates pressed a button that is not bound. Never throws. */
  readonly unbound: (event: Event) => void;
  /**
   * Takes a message as the answer to what its writer was asked, inside the unit of work that decides
   * it. Resolves with what is to be told of after the commit.
   */
  readonly answer: (tx: Tx, event: Event, run: InboxRun) => Promise<(() => void) | undefined>;
  /** What is known of the one who stands behind an event of the gateway's own doors. */
  readonly behind: (event: Event) => Promise<AdmitState>;
  /** A room the bot was added to and must not stay in. Never throws. */
  readonly leave: (room: Conversation) => void;
  /** A message was let in. Never throws. */
  readonly seen: (event: Event) => void;
}

interface Verdict {
  readonly admission: Admission;
  /** The admission after plugins, routing and room had their say. */
  readonly decision: Decision;
  /** Set when something is to be done about the event. */
  readonly run?: InboxRun;
  /** Set when its lane is full: then the event is only taken where it need not wait. */
  readonly overflow?: InboxRun;
}

interface Followed {
  /** Outbox rows to deliver. */
  readonly rows: readonly OutboxRow[];
  /** The event is over: it changed a waiting one, or answered a question. */
  readonly over: boolean;
  /** What it answered. */
  readonly answered?: () => void;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;

/** Decides accepted events, one after another per conversation. */
export class Gate {
  readonly #kernel: Kernel;
  readonly #rooms: GateRooms;
  readonly #order = new Sequencer();
  readonly #loops = new BotLoops();
  #open = true;

  constructor(kernel: Kernel, rooms: GateRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
  }

  /** Takes an accepted event. Returns at once. */
  take(key: string, event: Event): void {
    const { channel, accountId, id } = event.conversation;
    void this.#order.run(JSON.stringify([channel, accountId, id]), () => this.#persist(key, event));
  }

  /** Decides no more; what is undecided stays in the inbox. Resolves when the last one is done. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#order.idle();
  }

  /** Asks again whether an admitted event would still be admitted, with no less trust than then. */
  async readmit(event: Event, run: InboxRun): Promise<Decision> {
    const admission = await this.standing(event);
    const fell = taintOf(admission.principal.trust) > taintOf(run.principal.trust);
    return admission.effect === 'allow' && fell ? DEMOTED : admission;
  }

  /** The same, with who would stand behind it. */
  async standing(event: Event): Promise<Admission> {
    const admission = this.#admit(event, await this.#state(event, false));
    return { ...admission, ...this.#tighten(event, admission) };
  }

  /** Decides until it is written down: a store that fails for a while loses no event. */
  async #persist(key: string, event: Event): Promise<void> {
    for (let pause = FIRST_RETRY_MS; this.#open; pause = Math.min(2 * pause, LONGEST_RETRY_MS)) {
      try {
        await this.#decide(key, event);
        return;
      } catch (cause) {
        this.#kernel.log.error(
          { err: cause },
          'gate: a decision could not be written; trying again',
        );
        await new Promise((resolve) => {
          setTimeout(resolve, pause).unref();
        });
      }
    }
  }

  async #decide(key: string, event: Event): Promise<void> {
    const { inbox } = this.#rooms;
    const kernel = this.#kernel;
    kernel.step('gate.before-decision');
    const state = await this.#state(event, true);
    const verdict = this.#judge(key, event, state);
    const { decision, run } = verdict;
    kernel.step('gate.before-commit');
    const due =
      decision.effect === 'allow' || kernel.journal.isDue(this.#line(event, verdict, state));
    const followed = await commit(kernel, async (tx) => {
      const row = await tx.get(inboxTable, key);
      if (row?.state !== 'pending') return undefined;
      if (due) kernel.journal.record(tx, this.#line(event, verdict, state));
      return await this.#follow(tx, key, event, row, verdict);
    });
    kernel.step('gate.after-commit');
    if (followed === undefined) return;
    const { rows, over, answered } = followed;
    this.#rooms.outbox.deliver(rows);
    if (decision.obligations?.includes('leave_room') === true)
      this.#rooms.leave(event.conversation);
    if (decision.code === UNBOUND) this.#rooms.unbound(event);
    // Strangers and those who are refused do not learn that anybody reads them.
    if (run !== undefined || answered !== undefined) this.#rooms.seen(event);
    answered?.();
    if (run === undefined || over) inbox.settled();
    else this.resume(key, event, run);
  }

  /** Hands on an event that is admitted. */
  resume(key: string, event: Event, run: InboxRun): void {
    if (!isControl(event)) {
      this.#rooms.wake(key, run);
      return;
    }
    void this.#rooms.control(key, event, run).catch((cause: unknown) => {
      // The row stays admitted: the next process runs it again.
      this.#kernel.log.error(
        { runId: run.runId, err: cause },
        'gate: a command could not be finished',
      );
    });
  }

  /** Writes what follows from a verdict. */
  async #follow(
    tx: Tx,
    key: string,
    event: Event,
    row: InboxRow,
    { decision, run, overflow }: Verdict,
  ): Promise<Followed> {
    const { inbox, outbox, pairing } = this.#rooms;
    const taken = run ?? overflow;
    const answered = taken === undefined ? undefined : await this.#rooms.answer(tx, event, taken);
    if (answered !== undefined) {
      await inbox.settle(tx, key, row, 'answered');
      return { rows: [], over: true, answered };
    }
    const amended = run !== undefined && (await this.#amend(tx, event));
    if (run !== undefined && !amended) {
      tx.put(inboxTable, key, { ...row, state: 'admitted', run, runId: run.runId });
      return { rows: [], over: false };
    }
    await inbox.settle(tx, key, row, amended ? 'event.edit.amended' : decision.code);
    if (decision.obligations?.includes('store_context') === true) {
      await storeRoomContext(tx, event, this.#kernel.now());
    }
    const reply = decision.effect === 'pair' ? await pairing.request(tx, event) : undefined;
    const rows =
      reply === undefined ? [] : outbox.enqueue(tx, { to: event.conversation, text: reply });
    return { rows, over: amended };
  }

  /** Puts an edited text into its message while that still waits for its turn. */
  async #amend(tx: Tx, event: Event): Promise<boolean> {
    const original = event.kind === 'edit' ? await this.#original(tx, event) : undefined;
    const { run, event: waiting } = original?.row ?? {};
    if (original === undefined || run === undefined || waiting === undefined) return false;
    if (event.text === undefined || this.#rooms.isRunning(run.runId)) return false;
    tx.put(inboxTable, original.key, { ...original.row, event: { ...waiting, text: event.text } });
    return true;
  }

  #judge(key: string, event: Event, state: AdmitState): Verdict {
    const admission = this.#admit(event, state);
    const decision = this.#tighten(event, admission);
    const acts = admission.wakes || event.command !== undefined || event.kind === 'button';
    if (decision.effect !== 'allow' || !acts) return { admission, decision };
    const routed = this.#route(key, event, admission);
    if ('effect' in routed) return { admission, decision: routed };
    if (!isControl(event) && !this.#rooms.hasRoom(routed.sessionKey)) {
      return { admission, decision: LANE_FULL, overflow: routed };
    }
    return { admission, decision, run: routed };
  }

  #admit(event: Event, state: AdmitState): Admission {
    return this.#kernel.policy().admit(event, state);
  }

  /** Nothing that acts on handed rights comes in without them, and plugins may refuse anything. */
  #tighten(event: Event, decision: Decision): Decision {
    const refused = bearingOf(this.#kernel, event).decision;
    const bounded = refused === undefined ? decision : combine([decision, refused]);
    return strictest(this.#kernel.registry, bounded, { about: 'admit', event });
  }

  /** Agent and session of an admitted event, or the decision that refuses them. */
  #route(key: string, event: Event, admission: Admission): InboxRun | Decision {
    const routed = routeEvent(this.#kernel, event);
    if ('effect' in routed) return routed;
    return {
      ...routed,
      runId: event.origin?.runId ?? `run:${key}`,
      ...bornBy(event, admission, bearingOf(this.#kernel, event)),
      code: admission.code,
    };
  }

  /** What the gateway knows that policy needs. `count`: this is the event itself, not a second look. */
  async #state(event: Event, count: boolean): Promise<AdmitState> {
    const kernel = this.#kernel;
    const { channel, accountId, kind } = event.conversation;
    const paired = kind === 'direct' ? await this.#rooms.pairing.paired(channel, accountId) : [];
    const botLoopSuppressed =
      count &&
      event.sender.isBot === true &&
      this.#loops.isSuppressed(kernel.policy(), event, kernel.now());
    const original =
      event.kind === 'edit'
        ? await kernel.store.transact((tx) => this.#original(tx, event))
        : undefined;
    const activation = kind === 'direct' ? undefined : await this.#activation(event);
    // Where a person uses the account as well, only the outbox tells whose message it was.
    const sentByUs =
      event.sender.isSelf === true && (await kernel.store.transact((tx) => isSentByUs(tx, event)));
    const buttonBound = event.kind === 'button' ? await this.#rooms.isBound(event) : undefined;
    const behind = event.origin === undefined ? {} : await this.#rooms.behind(event);
    return {
      ...behind,
      paired,
      botLoopSuppressed,
      ...(sentByUs && { sentByUs }),
      ...(buttonBound === undefined ? {} : { buttonBound }),
      ...(activation === undefined ? {} : { activation }),
      ...(event.kind === 'edit' ? { originalAdmittedUnanswered: original !== undefined } : {}),
    };
  }

  async #activation(event: Event): Promise<'always' | 'mention' | undefined> {
    const routed = routeEvent(this.#kernel, event);
    if ('effect' in routed) return undefined;
    const session = await this.#kernel.store.transact((tx) => readSession(tx, routed.sessionKey));
    return session?.activation;
  }

  /** The waiting row of the message an edit changes, if there is one. */
  async #original(tx: Tx, event: Event): Promise<{ key: string; row: InboxRow } | undefined> {
    const { conversation, messageId } = event;
    if (messageId === undefined) return undefined;
    const eventId = messageEventId(conversation.id, messageId);
    const key = this.#rooms.inbox.keyOf({ ...event, kind: 'message', eventId });
    const row = await tx.get(inboxTable, key);
    return row?.state === 'admitted' ? { key, row } : undefined;
  }

  #line(event: Event, { admission, decision, run }: Verdict, state: AdmitState): JournalEntry {
    const { channel, accountId, kind, id } = event.conversation;
    return {
      kind: 'admit',
      at: this.#kernel.now(),
      principal: admission.principal.id,
      effect: decision.effect,
      code: decision.code,
      path: decision.path,
      event: event.kind,
      channel,
      accountId,
      conversation: id,
      conversationKind: kind,
      ...recordedFacts(event, admission.principal.id, state),
      ...(run === undefined ? {} : { runId: run.runId, sessionKey: run.sessionKey }),
    };
  }

  /** Sets how a room's session is woken; for the owner's `/activation`. */
  async setActivation(run: InboxRun, activation: 'always' | 'mention'): Promise<void> {
    await commit(this.#kernel, async (tx) => {
      const { sessionKey: key, agentId } = run;
      const session = await openSession(tx, { key, agentId, now: this.#kernel.now() });
      writeSession(tx, { ...session, activation });
    });
  }
}

const DEMOTED: Decision = {
  effect: 'deny',
  code: 'turn.revoked',
  path: '<admission>',
  reason: 'The one who asked is trusted less than when he asked.',
};

/** Policy's code for a button that passed the gates and is bound to nothing. */
const UNBOUND = 'event.button.unbound';

const LANE_FULL: Decision = {
  effect: 'ignore',
  code: 'ingress.queue_full',
  path: '<default>queue',
  reason: 'Too many messages of this conversation are waiting already.',
};

/**
 * Buttons and the commands we know run at once. Another command that policy admitted (the owner's)
 * is a message to the agent.
 */
function isControl(event: Event): boolean {
  return event.kind === 'button' || isKnownCommand(event);
}

/** Agent and session of an event, or the decision that refuses them. */
export function routeEvent(
  kernel: Kernel,
  event: Event,
): { readonly agentId: string; readonly sessionKey: string } | Decision {
  const { origin } = event;
  if (origin?.sessionKey !== undefined) {
    const agentId = origin.sessionKey.split(':')[1] ?? '';
    return { agentId, sessionKey: origin.sessionKey };
  }
  const route = routeAgent(kernel.policy(), event);
  if (route.effect !== 'allow' || typeof route.value !== 'string') return denied(route);
  const key = sessionKeyOf(kernel.policy(), event, route.value);
  if (key.effect !== 'allow' || typeof key.value !== 'string') return denied(key);
  return { agentId: route.value, sessionKey: key.value };
}

function denied(decision: Decision): Decision {
  return decision.effect === 'allow'
    ? { ...decision, effect: 'deny', code: 'engine.internal_error' }
    : decision;
}
