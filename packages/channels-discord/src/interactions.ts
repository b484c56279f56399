/**
 * Pressed buttons and commands: what Discord wants to hear of them, and when.
 *
 * Within three seconds it must be told that the press was heard, or it shows the person a failure.
 * That is done as soon as the inbox has the event, and says nothing about what will come of it.
 *
 * @module
 */
import { type Event, type Logger, DeliveryError } from '@portcullis/core';
import type { Api } from './api.ts';
import { CallError, deliver, wrongMessage } from './errors.ts';
import { plainText } from './format.ts';
import { fields, idOf } from './places.ts';
import { LIMITS } from './timings.ts';

/** What a message of ours may be: without previews, and seen by nobody but who pressed. */
export const FLAGS: { readonly noPreview: number; readonly onlyForThem: number } = {
  noPreview: 1 << 2,
  onlyForThem: 1 << 6,
} as const;
/** Nobody is notified, whatever a text holds. */
export const NO_PINGS: object = { parse: [], replied_user: false };

const ANSWER = { message: 4, later: 6 } as const;
/** How long Discord takes answers. */
const ALIVE_MS = 15 * 60_000;
/** Longest answer that is shown to who pressed a button. */
const ANSWER_LIMIT = 1000;

interface Interaction {
  readonly path: `/${string}`;
  readonly followUp: `/${string}`;
  readonly at: number;
  acknowledged: Promise<void>;
}

/** The interactions of one account that can still be answered. Their keys are kept nowhere else. */
export class Interactions {
  readonly #api: Api;
  readonly #log: Logger;
  readonly #open: Map<string, Interaction> = new Map();
  #signal: AbortSignal = AbortSignal.abort();

  constructor(api: Api, log: Logger) {
    this.#api = api;
    this.#log = log;
  }

  /** Acknowledges until `signal` aborts. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
  }

  /** Keeps what is needed for answering an event. */
  received(event: Event, data: Readonly<Record<string, unknown>>): void {
    const { id, token, application_id: application } = fields(data);
    const [interactionId, applicationId] = [idOf(id), idOf(application)];
    const key = event.eventId;
    const isKey = typeof token === 'string' && /^[\w.-]{1,1000}$/u.test(token);
    if (!isKey || interactionId === undefined || applicationId === undefined) return;
    if (key === undefined || this.#open.has(key)) return;
    this.#open.set(key, {
      path: `/interactions/${interactionId}/${token}/callback`,
      followUp: `/webhooks/${applicationId}/${token}`,
      at: Date.now(),
      acknowledged: Promise.resolve(),
    });
    const oldest = this.#open.keys().next();
    if (this.#open.size > LIMITS.interactions && oldest.done !== true) {
      this.#open.delete(oldest.value);
    }
  }

  /** Tells Discord that an event was heard. Lets it go on by itself. */
  acknowledge(event: Event): void {
    const interaction = this.#open.get(event.eventId ?? '');
    if (interaction === undefined) return;
    const heard = { content: 'Received.', flags: FLAGS.onlyForThem, allowed_mentions: NO_PINGS };
    const body =
      event.kind === 'command' ? { type: ANSWER.message, data: heard } : { type: ANSWER.later };
    const { path } = interaction;
    interaction.acknowledged = this.#api
      .call({ method: 'post', path, body, auth: false }, this.#signal)
      .then(
        () => undefined,
        (error: unknown) => {
          const why =
            error instanceof CallError ? error.failure.description : 'A fault of our own.';
          this.#log.warn({ why }, 'A pressed button or command could not be acknowledged.');
        },
      );
  }

  /** Shows whoever pressed a button what came of it. Nobody else sees it. */
  async answer(event: Event, text: string, signal: AbortSignal): Promise<void> {
    if (event.kind !== 'button') {
      throw wrongMessage('This is no button press.', 'Answer events of kind "button" only.');
    }
    const interaction = this.#open.get(event.eventId ?? '');
    if (interaction === undefined || Date.now() - interaction.at > ALIVE_MS) {
      throw new DeliveryError(
        'failed',
        'discord.interaction_over',
        'The press can no longer be answered.',
        { hint: 'Discord takes answers for 15 minutes, and only from the gateway that heard it.' },
      );
    }
    await interaction.acknowledged;
    const content = plainText(text.slice(0, ANSWER_LIMIT));
    const flags = FLAGS.onlyForThem | FLAGS.noPreview;
    const body = { content, flags, allowed_mentions: NO_PINGS };
    const call = { method: 'post', path: interaction.followUp, body, auth: false } as const;
    await deliver(signal, () => this.#api.call(call, signal));
  }
}

const ARGUMENTS = { type: 3, name: 'args', description: 'More about it', required: false } as const;

/** The control commands that Discord can offer, with what they say about themselves. */
const COMMANDS: readonly (readonly [name: string, description: string, takes?: 'arguments'])[] = [
  ['help', 'What you can do here'],
  ['stop', 'Stop the answer in progress'],
  ['new', 'Forget this conversation and start anew'],
  ['status', 'Whether I am here'],
  ['whoami', 'Who you are to me'],
  ['activation', 'When I answer in this room', 'arguments'],
  ['approve', 'Answer an approval', 'arguments'],
];

/** Registers the control commands, in place of whatever was registered. Never rejects. */
export async function registerCommands(
  api: Api,
  applicationId: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const body = COMMANDS.map(([name, description, takes]) => ({
    type: 1,
    name,
    description,
    // In servers and in direct conversations with the bot; nowhere else is it listened to.
    contexts: [0, 1],
    integration_types: [0],
    options: takes === undefined ? [] : [ARGUMENTS],
  }));
  try {
    await api.call(
      { method: 'put', path: `/applications/${applicationId}/commands`, body },
      signal,
    );
  } catch (error) {
    const why = error instanceof CallError ? error.failure.description : 'A fault of our own.';
    log.warn({ why }, 'The commands could not be registered with Discord.');
  }
}
