/**
 * What the model of a session has seen, as a label that never falls, and what may still leave the
 * session because of it.
 *
 * The label is stored with the session before the model sees what raised it, so that a crash in
 * between leaves the session labelled too high, never too low.
 *
 * @module
 */
import type { Decision, Event, TrustClass, Tx } from '@portcullis/core';
import {
  type FlowInput,
  type FlowLabel,
  type PrivateClass,
  type Sink,
  decideFlow,
  joinLabels,
  readLabel,
  taintOf,
} from '@portcullis/policy/flow';

import { personBehind } from '../capabilities/person.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import { isSpoken, ownWords, readOwnWords } from '../session/own-words.ts';
import { type SessionRow, openSession, readSession, writeSession } from '../session/sessions.ts';

const CONVERSATION = 'conv:';

/** The label of a stored session; one without a label is judged as if it had seen everything. */
export function labelOf(session: SessionRow): FlowLabel {
  return readLabel(session.flow ?? null);
}

/** A session's row with more seen. */
export function withLearned(session: SessionRow, label: FlowLabel): SessionRow {
  return { ...session, flow: joinLabels(labelOf(session), label) };
}

/** The label that a message of somebody of this class brings. */
export function messageLabel(trust: TrustClass): FlowLabel {
  return { u: taintOf(trust), P: [] };
}

/** The information flow of one run. */
export class SessionFlow {
  readonly #kernel: Kernel;
  readonly #run: InboxRun;
  readonly #event: Event;

  constructor(kernel: Kernel, run: InboxRun, event: Event) {
    this.#kernel = kernel;
    this.#run = run;
    this.#event = event;
  }

  /** What the session has seen so far. */
  async label(): Promise<FlowLabel> {
    return await this.#kernel.store.transact((tx) => this.labelIn(tx));
  }

  /** The same, inside a unit of work. */
  async labelIn(tx: Tx): Promise<FlowLabel> {
    const session = await readSession(tx, this.#run.sessionKey);
    return session === undefined ? messageLabel(this.#run.principal.trust) : labelOf(session);
  }

  /** Whether something may leave the session by `sink` now. */
  async decide(sink: Sink): Promise<Decision> {
    const { principal, sessionKey } = this.#run;
    const config = this.#kernel.config().value;
    const commands = config['commands'];
    const owners: unknown =
      typeof commands === 'object' && commands !== null && 'ownerAllowFrom' in commands
        ? commands['ownerAllowFrom']
        : [];
    const listed = Array.isArray(owners) ? owners.filter((owner) => typeof owner === 'string') : [];
    const { label, requesterMessages, spawnedFor } = await this.#heard();
    const person = personBehind(this.#run).id;
    return decideFlow(config, {
      label,
      requester: principal.trust,
      requesterPeer: person,
      sink,
      // An operator with every scope is the owner by another door.
      owners: principal.trust === 'owner' ? [...listed, principal.id, person] : listed,
      conversations: { ...spawnedFor, [sessionKey]: [principal.id, person] },
      requesterMessages,
    });
  }

  /**
   * The label, and what this requester wrote himself in this turn and in this life of the session.
   * Quotes, what others wrote and what no person wrote are not among it.
   */
  async #heard(): Promise<
    Required<Pick<FlowInput, 'label' | 'requesterMessages'>> & {
      /** Participants of the sessions it read that were spawned for somebody. */
      readonly spawnedFor: FlowInput['conversations'];
    }
  > {
    const { principal, sessionKey } = this.#run;
    const now = ownWords(this.#event, principal);
    const { label, before, spawnedFor } = await this.#kernel.store.transact(async (tx) => {
      const session = await readSession(tx, sessionKey);
      const heard = session !== undefined && isSpoken(this.#event);
      const seen = await this.labelIn(tx);
      return {
        label: seen,
        before: heard ? await readOwnWords(tx, session, principal.id) : [],
        spawnedFor: await participantsOf(tx, seen),
      };
    });
    const words = now === undefined ? before : [now, ...before];
    return {
      label,
      requesterMessages: words.map(({ trust, text }) => ({ class: trust, text })),
      spawnedFor,
    };
  }

  /** Joins what a result brings into the session. Durable when it resolves. */
  async learn(seen: {
    readonly from: TrustClass;
    readonly classes?: readonly PrivateClass[];
    readonly stored?: FlowLabel;
  }): Promise<void> {
    const brought: FlowLabel = { u: taintOf(seen.from), P: [...(seen.classes ?? [])] };
    const label = seen.stored === undefined ? brought : joinLabels(brought, seen.stored);
    await commit(this.#kernel, (tx) => this.learnIn(tx, label));
  }

  /** Joins a label inside a unit of work: nothing it brought may be handed out before the commit. */
  async learnIn(tx: Tx, label: FlowLabel): Promise<void> {
    const { sessionKey: key, agentId } = this.#run;
    const session = await openSession(tx, { key, agentId, now: this.#kernel.now() });
    writeSession(tx, withLearned(session, label));
  }
}

/** Who knows what was said in the spawned sessions of a label: those they were spawned for. */
async function participantsOf(tx: Tx, { P }: FlowLabel): Promise<FlowInput['conversations']> {
  const participants: Record<string, readonly string[]> = {};
  for (const kind of P) {
    if (!kind.startsWith(CONVERSATION)) continue;
    const key = kind.slice(CONVERSATION.length);
    const person = (await readSession(tx, key))?.spawnedFor;
    if (person !== undefined) participants[key] = [person];
  }
  return participants;
}
