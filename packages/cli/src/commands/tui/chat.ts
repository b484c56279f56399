/**
 * A conversation at a screen: what is typed goes to the agent or is an answer or a command, and what
 * the gateway tells is shown.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import { PortcullisError } from '@portcullis/core';
import { nearest } from '@portcullis/gateway/config';
import type { ChatEvent, EventPayload } from '@portcullis/protocol';

import type { Submission } from '../../terminal/live/line-editor.ts';
import type { Screen, ScreenHearer } from '../../terminal/live/screen.ts';
import { styled } from '../../terminal/style.ts';
import { formatInstant } from '../../terminal/time.ts';
import { Desk } from './desk.ts';
import type { Link, LinkHearer } from '../../compose/link.ts';
import { Transcript } from './transcript.ts';

/** How a conversation begins. */
export interface ChatOptions {
  readonly screen: Screen;
  readonly link: Link;
  readonly session: string;
  /** Messages of the past that are shown. */
  readonly historyLimit: number;
  /** Sent once there is a connection. */
  readonly message?: string | undefined;
  readonly leave: () => void;
  readonly now?: () => number;
}

const COMMANDS: Readonly<Record<string, string>> = {
  '/help': 'show this',
  '/sessions': 'list conversations',
  '/session <key>': 'go to another one',
  '/history': 'show the last messages again',
  '/abort': 'stop the answer',
  '/approvals': 'show what waits for your yes or no',
  '/quit': 'leave; the gateway goes on',
};
const NAMES = [...Object.keys(COMMANDS).map((each) => each.split(' ')[0] ?? ''), '/exit'];
/** The second Ctrl-C within this time leaves. */
const AGAIN_MS = 2000;
const SESSIONS_SHOWN = 20;

/** One conversation after another, over one connection after another. */
export class Chat implements ScreenHearer, LinkHearer {
  readonly #options: ChatOptions;
  readonly #desk: Desk;
  readonly #transcript: Transcript;
  readonly #now: () => number;
  /** As it was asked for; the gateway says what it is called. */
  #session: string;
  #isUp = false;
  #first: string | undefined;
  /** What was sent and not confirmed yet: it is sent again under the same key. */
  readonly #unconfirmed = new Map<string, { readonly session: string; readonly text: string }>();
  /** Runs whose end is not known yet. */
  readonly #awaited = new Set<string>();
  #interruptedAt = 0;
  /** Lines and events are worked on in the order they came. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#session = options.session;
    this.#first = options.message;
    this.#desk = new Desk(options.link, options.screen, this.#now);
    this.#transcript = new Transcript(options.screen);
  }

  line(line: Submission): void {
    this.#then(() => this.#take(line), line.text);
  }

  interrupt(): void {
    const { screen, leave } = this.#options;
    const isAgain = this.#now() - this.#interruptedAt < AGAIN_MS;
    this.#interruptedAt = this.#now();
    if (isAgain) leave();
    else if (this.#isBusy) this.#then(() => this.#abort());
    else screen.line(styled('dim', 'Ctrl-C again leaves; so does /quit.'));
  }

  end(): void {
    this.#options.leave();
  }

  async up(isFirst: boolean): Promise<void> {
    const { screen, link } = this.#options;
    this.#isUp = true;
    if (isFirst) {
      const where = link.elsewhere === undefined ? '' : ` at ${link.elsewhere}`;
      screen.line(styled('bold', `openclaw${where}`), '  /help shows what you can do.');
    } else screen.line(styled('green', 'Connected again.'));
    await this.#read();
    await this.#desk.refresh();
    for (const [key, { session, text }] of this.#unconfirmed) await this.#send(key, session, text);
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) await this.#say(first);
    this.#tell();
  }

  down(why: string, waitMs: number): void {
    if (this.#isUp) this.#transcript.end();
    this.#isUp = false;
    const { screen } = this.#options;
    const seconds = Math.max(1, Math.round(waitMs / 1000));
    screen.line(styled('yellow', `${why} Trying again in ${String(seconds)} s.`));
    this.#tell();
  }

  event(event: string, payload: unknown): void {
    if (event === 'chat') {
      const chat = payload as ChatEvent;
      if (chat.sessionKey === this.#session) {
        this.#transcript.hear(chat);
        if (chat.state !== 'delta') this.#awaited.delete(chat.runId);
        this.#tell();
      }
    } else if (event === 'exec.approval.requested') {
      const { id } = payload as EventPayload<'exec.approval.requested'>;
      this.#then(() => this.#desk.asked(id));
    } else if (event === 'exec.approval.resolved') {
      const { id, decision, resolvedBy } = payload as EventPayload<'exec.approval.resolved'>;
      this.#then(() => this.#desk.over(id, decision, resolvedBy));
    } else if (event === 'session.message') {
      const { sessionKey, message } = payload as EventPayload<'session.message'>;
      // What others wrote to this conversation; answers come as they are written.
      if (sessionKey === this.#session && message.role === 'user') this.#transcript.past([message]);
    }
  }

  get #isBusy(): boolean {
    return this.#awaited.size > 0 || this.#transcript.running !== undefined;
  }

  /** Does one thing after another, and tells what went wrong with it. */
  #then(work: () => Promise<void>, typed?: string): void {
    this.#queue = this.#queue.then(work).then(
      () => this.#tell(),
      (error: unknown) => this.#fault(error, typed),
    );
  }

  #fault(error: unknown, typed: string | undefined): void {
    const { screen } = this.#options;
    if (!PortcullisError.is(error)) {
      screen.line(styled('red', 'Error: openclaw itself failed. [internal.fault]'));
      return;
    }
    screen.line(styled('red', 'Error:'), ` ${error.message} [${error.code}]`);
    if (error.hint !== undefined && error.hint !== '') screen.line(`  ${error.hint}`);
    // A command is typed again quickly; a message that was not sent is not lost.
    if (typed !== undefined && !this.#isUp && this.#unconfirmed.size === 0) screen.restore(typed);
  }

  #tell(): void {
    const { screen } = this.#options;
    const what = !this.#isUp
      ? 'not connected'
      : this.#isBusy
        ? 'answering, Ctrl-C stops it'
        : 'ready';
    const { count } = this.#desk;
    const asks = count === 0 ? '' : ` | ${String(count)} waiting for your yes or no`;
    screen.status(`${this.#session} | ${what}${asks}`);
  }

  async #take(line: Submission): Promise<void> {
    const text = line.text.trim();
    if (text === '') return;
    if (await this.#desk.take(line)) return;
    if (text.startsWith('/') && !text.startsWith('//')) await this.#command(text);
    else await this.#say(line.text.replace(/^\/\//u, '/'));
  }

  async #command(text: string): Promise<void> {
    const { screen, leave } = this.#options;
    const [name = '', ...rest] = text.split(/\s+/u);
    switch (name) {
      case '/help':
        for (const [form, what] of Object.entries(COMMANDS)) {
          screen.line(`  ${form.padEnd(16)} ${what}`);
        }
        screen.line('  Begin with // to send a message that begins with /.');
        return;
      case '/sessions':
        await this.#list();
        return;
      case '/session':
        await this.#goTo(rest.join(' '));
        return;
      case '/history':
        this.#transcript.clear();
        await this.#read();
        return;
      case '/abort':
        await this.#abort();
        return;
      case '/approvals':
        await this.#desk.show();
        return;
      case '/quit':
      case '/exit':
        leave();
        return;
      default: {
        const meant = nearest(name, NAMES);
        const hint = meant === undefined ? '/help shows what there is.' : `Did you mean ${meant}?`;
        screen.line(styled('yellow', `There is no ${name}. ${hint}`));
      }
    }
  }

  async #say(text: string): Promise<void> {
    const key = randomUUID();
    if (!this.#isUp) {
      this.#options.screen.restore(text);
      this.#options.screen.line(styled('yellow', 'Not sent: there is no connection yet.'));
      return;
    }
    this.#transcript.own(text, key);
    this.#unconfirmed.set(key, { session: this.#session, text });
    await this.#send(key, this.#session, text);
  }

  /** Sends a message. One that meets the end of the connection stays to be sent again. */
  async #send(key: string, session: string, text: string): Promise<void> {
    const { link } = this.#options;
    try {
      this.#awaited.add(key);
      await link.ask('chat.send', { sessionKey: session, message: text, idempotencyKey: key });
      this.#unconfirmed.delete(key);
    } catch (error) {
      if (PortcullisError.is(error) && error.code === 'gateway.closed') return;
      this.#unconfirmed.delete(key);
      this.#awaited.delete(key);
      throw error;
    }
  }

  async #abort(): Promise<void> {
    const { link, screen } = this.#options;
    const { aborted } = await link.ask('chat.abort', { sessionKey: this.#session });
    if (!aborted) screen.line('Nothing is being answered.');
  }

  async #list(): Promise<void> {
    const { link, screen } = this.#options;
    const { sessions, totalCount } = await link.ask('sessions.list', { limit: SESSIONS_SHOWN });
    for (const { key, updatedAt, label } of sessions) {
      const mark = key === this.#session ? '*' : ' ';
      screen.line(`${mark} ${key}  `, styled('dim', `${formatInstant(updatedAt)} ${label ?? ''}`));
    }
    if (sessions.length === 0) screen.line('There are no conversations yet.');
    if (totalCount > sessions.length) {
      screen.line(styled('dim', `  and ${String(totalCount - sessions.length)} older ones`));
    }
  }

  async #goTo(key: string): Promise<void> {
    const { screen, link } = this.#options;
    if (key === '') {
      screen.line('Say which one: /session main. /sessions lists them.');
      return;
    }
    const before = this.#session;
    try {
      this.#transcript.clear();
      this.#session = key;
      await this.#read();
      await link.ask('sessions.messages.unsubscribe', { key: before });
    } catch (error) {
      if (this.#isUp) this.#session = before;
      throw error;
    }
    screen.line(styled('bold', `Now in ${this.#session}.`));
  }

  /** Reads what was said, and follows what others write. */
  async #read(): Promise<void> {
    const { link, historyLimit } = this.#options;
    const page = await link.ask('chat.history', {
      sessionKey: this.#session,
      limit: historyLimit,
    });
    if (!('sessionKey' in page)) return;
    // Events name a conversation in full.
    const { key } = await link.ask('sessions.messages.subscribe', { key: page.sessionKey });
    this.#session = key;
    this.#transcript.past(page.messages);
    const { inFlightRun } = page;
    // What ended meanwhile is part of the past by now; what waits is sent again below the same key.
    for (const run of this.#awaited) {
      if (run !== inFlightRun?.runId && !this.#unconfirmed.has(run)) this.#awaited.delete(run);
    }
    if (inFlightRun !== undefined) this.#transcript.catchUp(inFlightRun.runId, inFlightRun.text);
  }
}
