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
  type FlowAction,
  type FlowInput,
  type FlowLabel,
  type PrivateClass,
  type Sink,
  declassify,
  decideFlow,
  joinLabels,
  readLabel,
  release,
  taintOf,
} from '@portcullis/policy/flow';

import { Grants } from '../approvals/grants.ts';
import type { FlowAsked } from '../approvals/row.ts';
import { personBehind } from '../capabilities/person.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import { isSpoken, ownWords, readOwnWords } from '../session/own-words.ts';
import { type SessionRow, openSession, readSession, writeSession } from '../session/sessions.ts';
import { type Seen, tellStory, withSeen } from '../session/story.ts';

const CONVERSATION = 'conv:';

/** The label of a stored session; one without a label is judged as if it had seen everything. */
export function labelOf(session: SessionRow): FlowLabel {
  return readLabel(session.flow ?? null);
}

/** A session's row with more seen. */
export function withLearned(
  session: SessionRow,
  label: FlowLabel,
  seen: Seen = { source: 'another session', at: session.updatedAt },
): SessionRow {
  return {
    ...session,
    flow: joinLabels(labelOf(session), label),
    story: withSeen(session.story, label, seen),
  };
}

/** The label that a message of somebody of this class brings. */
export function messageLabel(trust: TrustClass): FlowLabel {
  return { u: taintOf(trust), P: [] };
}

const UNNAMED = 'the result of a tool';

/** Ways out that an approver may leave open, as far as policy lets him. */
const STANDING: ReadonlySet<Sink['kind']> = new Set([
  'message',
  'web.read',
  'web.search',
  'web.write',
]);

/** The information flow of one run. */
export class SessionFlow {
  readonly #kernel: Kernel;
  readonly #run: InboxRun;
  readonly #event: Event;
  readonly #grants: Grants;

  constructor(kernel: Kernel, run: InboxRun, event: Event) {
    this.#kernel = kernel;
    this.#run = run;
    this.#event = event;
    this.#grants = new Grants(kernel);
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

  /**
   * Whether something may leave the session by `sink` now. Where an approver left this way out open,
   * the answer names his grant in `value.grants`.
   */
  async decide(sink: Sink): Promise<Decision> {
    const config = this.#kernel.config().value;
    const action = await this.#action(sink);
    const decision = decideFlow(config, action);
    if (decision.effect !== 'ask') return decision;
    const digest = this.#wayOut(action);
    const grant = digest === undefined ? undefined : await this.#grants.wayOut(digest);
    if (digest === undefined || grant === undefined) return decision;
    const released = release({ once: [], always: [digest] }, action, config).decision;
    if (released.effect !== 'allow') return decision;
    return { ...released, value: { label: action.label, grants: [grant.id] } };
  }

  /** What a question about this way out is bound to, and what an approver is told about it. */
  async asked(sink: Sink): Promise<{ readonly flow: FlowAsked; readonly story: string }> {
    const { sessionKey } = this.#run;
    const session = await this.#kernel.store.transact((tx) => readSession(tx, sessionKey));
    const label = await this.label();
    return { flow: { label, sink: sink.kind }, story: tellStory(session?.story, label, sink) };
  }

  /** What an `allow-always` would leave for this way out; undefined where it may not be offered. */
  async standing(sink: Sink): Promise<string | undefined> {
    return this.#wayOut(await this.#action(sink));
  }

  /** The hash of this way out of this life of the session, for this requester. */
  #wayOut(action: FlowAction): string | undefined {
    if (!STANDING.has(action.sink.kind)) return undefined;
    const answer = { actor: 'approver', decision: 'allow-always' } as const;
    const config = this.#kernel.config().value;
    return declassify({ once: [], always: [] }, action, answer, config).grants.always[0];
  }

  async #action(sink: Sink): Promise<FlowAction> {
    const { principal, sessionKey } = this.#run;
    const commands = this.#kernel.config().value['commands'];
    const owners: unknown =
      typeof commands === 'object' && commands !== null && 'ownerAllowFrom' in commands
        ? commands['ownerAllowFrom']
        : [];
    const listed = Array.isArray(owners) ? owners.filter((owner) => typeof owner === 'string') : [];
    const { label, requesterMessages, spawnedFor, sessionId } = await this.#heard();
    const person = personBehind(this.#run).id;
    return {
      // One life of the session, and one requester: neither a new start nor another guest inherits.
      session: JSON.stringify([sessionKey, sessionId, principal.id]),
      label,
      requester: principal.trust,
      requesterPeer: person,
      sink,
      // An operator with every scope is the owner by another door.
      owners: principal.trust === 'owner' ? [...listed, principal.id, person] : listed,
      conversations: { ...spawnedFor, [sessionKey]: [principal.id, person] },
      requesterMessages,
    };
  }

  /**
   * The label, and what this requester wrote himself in this turn and in this life of the session.
   * Quotes, what others wrote and what no person wrote are not among it.
   */
  async #heard(): Promise<
    Required<Pick<FlowInput, 'label' | 'requesterMessages'>> & {
      /** Participants of the sessions it read that were spawned for somebody. */
      readonly spawnedFor: FlowInput['conversations'];
      readonly sessionId: string;
    }
  > {
    const { principal, sessionKey } = this.#run;
    const now = ownWords(this.#event, principal);
    const { label, before, spawnedFor, sessionId } = await this.#kernel.store.transact(
      async (tx) => {
        const session = await readSession(tx, sessionKey);
        const heard = session !== undefined && isSpoken(this.#event);
        const seen = await this.labelIn(tx);
        return {
          label: seen,
          before: heard ? await readOwnWords(tx, session, principal.id) : [],
          spawnedFor: await participantsOf(tx, seen),
          sessionId: session?.sessionId ?? '',
        };
      },
    );
    const words = now === undefined ? before : [now, ...before];
    return {
      label,
      sessionId,
      requesterMessages: words.map(({ trust, text }) => ({ class: trust, text })),
      spawnedFor,
    };
  }

  /** Joins what a result brings into the session. Durable when it resolves. */
  async learn(seen: {
    readonly from: TrustClass;
    readonly classes?: readonly PrivateClass[];
    readonly stored?: FlowLabel;
    /** What it is, in plain words, for an approver. */
    readonly source?: string;
  }): Promise<void> {
    const brought: FlowLabel = { u: taintOf(seen.from), P: [...(seen.classes ?? [])] };
    const label = seen.stored === undefined ? brought : joinLabels(brought, seen.stored);
    await commit(this.#kernel, (tx) => this.learnIn(tx, label, seen.source));
  }

  /**
   * Joins a label inside a unit of work: nothing it brought may be handed out before the commit.
   * `source` says in plain words what brought it.
   */
  async learnIn(tx: Tx, label: FlowLabel, source: string = UNNAMED): Promise<void> {
    const { sessionKey: key, agentId } = this.#run;
    const at = this.#kernel.now();
    const session = await openSession(tx, { key, agentId, now: at });
    writeSession(tx, withLearned(session, label, { source, at }));
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
