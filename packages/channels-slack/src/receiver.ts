/**
 * The door events come in by: Bolt's app with a receiver of ours.
 *
 * Bolt's own receivers acknowledge an event before anybody handled it, open a port, or end the
 * process when Slack refuses the login. This one does neither: whoever has a connection hands over
 * what came, and acknowledges it when the promise resolves.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Secret } from '@portcullis/core';
import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import { type BotIdentity, deafLogger, type WebApi } from './api.ts';
import { teamsOf } from './parse-event.ts';

type Body = ReceiverEvent['body'];

/** What is delivered: Slack's payload, and how often it was tried before. */
export interface Delivery {
  readonly body: Body;
  readonly retryNum?: number | undefined;
  readonly retryReason?: string | undefined;
}

/** Takes deliveries. */
export interface Door {
  /** Resolves when the delivery may be acknowledged; rejects when it must not be. */
  take(delivery: Delivery): Promise<void>;
}

class DoorReceiver implements Receiver, Door {
  #app: App | undefined;

  init(app: App): void {
    this.#app = app;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async take({ body, retryNum, retryReason }: Delivery): Promise<void> {
    await this.#app?.processEvent({
      body,
      // Ours is given by whoever has the connection, after this promise resolved.
      ack: () => Promise.resolve(),
      ...(retryNum === undefined ? {} : { retryNum }),
      ...(retryReason === undefined ? {} : { retryReason }),
    });
  }
}

/** Opens a door for one bot. `handle` stores what was delivered, or rejects. */
export async function openDoor(
  api: WebApi,
  me: BotIdentity,
  handle: (body: Body) => Promise<void>,
): Promise<Door> {
  const { App: BoltApp } = await import('@slack/bolt');
  const receiver = new DoorReceiver();
  const { userId: botUserId, botId, teamId } = me;
  const app = new BoltApp({
    receiver,
    // We know who we are: with this Bolt asks nobody, neither now nor per event.
    authorize: async () => ({
      botToken: api.token.reveal(),
      botUserId,
      teamId,
      ...(botId === undefined ? {} : { botId }),
    }),
    deferInitialization: true,
    ignoreSelf: false,
    convoStore: false,
    clientOptions: api.clientOptions,
    logger: await deafLogger(),
  });
  await app.init();
  app.use(async ({ body }) => await handle(body));
  return receiver;
}

/**
 * The doors of one app's workspaces in this process.
 *
 * Slack knows one app: it sends what happened in any of its workspaces to any of its sockets, or to
 * its one request URL. Accounts of the same app therefore hand each other what is the other's.
 */
const apps: Map<string, Map<string, Door>> = new Map();

/** A name for an app by a secret that is the app's own. */
function appKey(secret: Secret): string {
  return createHash('sha256').update(secret.reveal()).digest('hex');
}

/** Puts a workspace's door up. Returns how to take it down again. */
export function putUp(secret: Secret, teamId: string, door: Door): () => void {
  const key = appKey(secret);
  const doors = apps.get(key) ?? new Map<string, Door>();
  apps.set(key, doors);
  doors.set(teamId, door);
  return () => {
    if (doors.get(teamId) === door) doors.delete(teamId);
    if (doors.size === 0) apps.delete(key);
  };
}

/** The door of the workspace a delivery is for; undefined when no account here is of it. */
export function doorFor(secret: Secret, body: unknown): Door | undefined {
  const doors = apps.get(appKey(secret));
  const team = teamsOf(body).find((id) => doors?.has(id) === true);
  return team === undefined ? undefined : doors?.get(team);
}
