/**
 * A complete channel on a network of one array, and ways to break it: shows that the contract suite
 * takes a good channel and refuses bad ones.
 *
 * @module
 */
import {
  type Channel,
  type Conversation,
  DeliveryError,
  type Event,
  type Inbox,
  messageEventId,
  type OutboundMessage,
  type Receipt,
} from '@portcullis/core';
import type {
  ChannelBench,
  ChannelBenchTools,
  RoomMessage,
  SendFault,
  SentMessage,
} from '../src/index.ts';

/** How a channel can break its promises. */
export type Flaw =
  | 'acknowledges early'
  | 'loses refused events'
  | 'has no event ids'
  | 'new id on redelivery'
  | 'turns events around'
  | 'overruns the inbox'
  | 'downloads at once'
  | 'never stops'
  | 'hands over twice'
  | 'does not mark its own'
  | 'takes forged events'
  | 'takes names for ids'
  | 'says what others said'
  | 'takes rooms for direct chats'
  | 'takes names for mentions'
  | 'misses mentions'
  | 'misses answers'
  | 'flattens threads'
  | 'answers outside the thread'
  | 'takes bots for people'
  | 'takes edits for messages'
  | 'edits under the old id'
  | 'reacts to nothing'
  | 'loses what a button carries'
  | 'takes commands for words'
  | 'tries again by itself'
  | 'calls everything unknown'
  | 'loses the answer silently'
  | 'forgets keys'
  | 'finds nothing by its key'
  | 'cuts files'
  | 'trusts file names'
  | 'edits by sending again'
  | 'shows previews'
  | 'notifies everybody'
  | 'reads by itself'
  | 'types nowhere'
  | 'logs its token'
  | 'shows its token in errors'
  | 'splits words away'
  | 'ignores media limits'
  | 'gives up on a loss'
  | 'loses what came during a loss'
  | 'sleeps through silence'
  | 'goes on without a login'
  | 'tells nothing apart'
  | 'gives no message ids'
  | 'calls everything harmless'
  | 'sends after the signal'
  | 'half sends buttons'
  | 'starts once'
  | 'shows no state'
  | 'leaves a timer'
  | 'leaves a connection';

interface Letter {
  readonly id: number;
  readonly event: Event;
  /** Whose words these are. */
  readonly name: string;
}

const TOKEN = 'token-of-the-memory-network';
const OUR_NAME = 'Memo';
const PLACE = { channel: 'memory', accountId: 'default' } as const;
const ROOM: Conversation = { ...PLACE, kind: 'group', id: 'room' };

/** Timers a broken channel leaves, to be ended after the test. */
export const leftTimers: NodeJS.Timeout[] = [];

export class MemoryNetwork {
  readonly #flaw: Flaw | undefined;
  readonly #log: ChannelBenchTools['log'];
  readonly #names = { first: 'Anna', second: 'Ben' };
  #letters: Letter[] = [];
  #last: Letter | undefined;
  #sent: SentMessage[] = [];
  readonly #keys = new Map<string, Receipt>();
  readonly #seen: string[] = [];
  #typed = 0;
  #downloads = 0;
  #fault: SendFault | undefined;
  #broken = false;
  #silent = false;
  #revoked = false;
  #connections = 0;
  #nextId = 1;
  #reads = 0;
  #state: 'starting' | 'connected' | 'stopped' | 'failed' = 'starting';

  constructor(tools: ChannelBenchTools, flaw?: Flaw) {
    this.#log = tools.log;
    this.#flaw = flaw;
  }

  #has(flaw: Flaw): boolean {
    return this.#flaw === flaw;
  }

  /** Something happened: an event as a good channel would state it. */
  #happen(chat: 'first' | 'second' | 'self', content: Partial<Event>): number {
    const id = this.#nextId;
    this.#nextId += 1;
    const conversation: Conversation = {
      ...PLACE,
      kind: 'direct',
      id: chat === 'second' ? 'chat of ben' : 'chat of anna',
    };
    const event: Event = {
      kind: 'message',
      conversation,
      sender: chat === 'self' ? { id: 'memo', isSelf: true } : { id: `person ${chat}` },
      at: 1,
      messageId: String(id),
      ...content,
    };
    this.#last = { id, event, name: chat === 'self' ? OUR_NAME : this.#names[chat] };
    this.#letters.push(this.#last);
    return id;
  }

  /** The event as this channel states it. */
  #event({ id, event, name }: Letter): Event {
    this.#reads += 1;
    const { kind, conversation, messageId = '' } = event;
    const written = kind === 'message' || kind === 'command';
    if (this.#has('tells nothing apart')) return { ...event, eventId: 'message' };
    const own = written ? messageEventId(conversation.id, messageId) : `${kind}:${id}`;
    const eventId = this.#has('new id on redelivery')
      ? `${own}-${this.#reads}`
      : this.#has('edits under the old id')
        ? messageEventId(conversation.id, messageId)
        : own;
    const stated = { ...event, ...(this.#has('has no event ids') ? {} : { eventId }) };
    return this.#flaw === undefined ? stated : { ...stated, ...this.#wrong(event, name) };
  }

  /** What a flaw makes of an event. */
  #wrong({ kind, conversation, sender, facts, context, command }: Event, name: string) {
    const wrong: Partial<Record<Flaw, Partial<Event> | undefined>> = {
      'does not mark its own': { sender: { id: sender.id ?? '' } },
      'takes names for ids': { sender: { id: name } },
      'says what others said': { text: context?.[0]?.text ?? '' },
      'takes rooms for direct chats': { conversation: { ...conversation, kind: 'direct' } },
      'takes names for mentions': { facts: { nativeMention: true } },
      'misses mentions': { facts: {} },
      'misses answers': { facts: { ...facts, replyToBot: false } },
      'flattens threads': { conversation: ROOM },
      'takes bots for people': { sender: { id: sender.id ?? '' } },
      'takes edits for messages': { kind: 'message' },
      'reacts to nothing': { messageId: 'another' },
      'loses what a button carries': { button: { data: '' } },
      'takes commands for words': { kind: 'message', text: command?.name ?? '' },
    };
    const onlyFor: Partial<Record<Flaw, boolean>> = {
      'says what others said': context !== undefined,
      'takes edits for messages': kind === 'edit',
      'reacts to nothing': kind === 'reaction',
      'loses what a button carries': kind === 'button',
      'takes commands for words': kind === 'command',
    };
    const flaw = this.#flaw;
    return flaw === undefined || onlyFor[flaw] === false ? {} : (wrong[flaw] ?? {});
  }

  async #offer(inbox: Inbox, letter: Letter): Promise<boolean> {
    const drop = () => {
      this.#letters = this.#letters.filter(({ id }) => id !== letter.id);
    };
    const event = this.#event(letter);
    if (this.#has('acknowledges early')) drop();
    if (this.#has('downloads at once')) this.#downloads += event.attachments?.length ?? 0;
    if (this.#has('reads by itself')) this.#seen.push(event.messageId ?? '');
    const stored = await inbox.accept(event).then(
      () => true,
      () => false,
    );
    if (this.#has('hands over twice')) await inbox.accept(this.#event(letter));
    if (stored || this.#has('loses refused events')) drop();
    return stored;
  }

  async #hand(inbox: Inbox): Promise<void> {
    const reverse = this.#has('turns events around');
    const batch = reverse ? this.#letters.toReversed() : [...this.#letters];
    if (this.#has('overruns the inbox')) {
      await Promise.all(batch.map((letter) => this.#offer(inbox, letter)));
      return;
    }
    for (const letter of batch) if (!(await this.#offer(inbox, letter))) return;
  }

  async run(inbox: Inbox, signal: AbortSignal): Promise<void> {
    if (this.#has('starts once') && this.#state !== 'starting') return;
    this.#state = this.#has('shows no state') ? 'starting' : 'connected';
    this.#connections += 1;
    if (this.#has('leaves a timer')) leftTimers.push(setTimeout(() => undefined, 60_000));
    const going = () => !signal.aborted || this.#has('never stops');
    while (going()) {
      if (this.#revoked && !this.#has('goes on without a login')) {
        this.#state = 'failed';
        throw new DeliveryError('failed', 'memory.revoked', 'The network refuses the login.');
      }
      if (this.#broken && this.#has('gives up on a loss')) return;
      if (this.#broken && this.#has('logs its token')) this.#log.warn({ TOKEN }, 'lost');
      if (this.#broken && this.#has('loses what came during a loss')) this.#letters = [];
      this.#broken = false;
      if (this.#silent && !this.#has('sleeps through silence')) this.#silent = false;
      if (!signal.aborted && !this.#silent) await this.#hand(inbox);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    if (!this.#has('leaves a connection')) this.#connections -= 1;
    this.#state = 'stopped';
  }

  #refusal(fault: SendFault): DeliveryError {
    const words = this.#has('shows its token in errors') ? `at /bot${TOKEN}` : 'at the network';
    const sure = fault === 'rate-limited' || fault === 'unreachable';
    if (this.#has('calls everything harmless')) {
      return new DeliveryError('retry', 'memory.fault', fault);
    }
    const outcome = sure && !this.#has('calls everything unknown') ? 'retry' : 'unknown';
    return new DeliveryError(outcome, 'memory.fault', `${fault} ${words}`);
  }

  /** The network takes a message, once for each key. */
  #take({ to, text, file, idempotencyKey }: OutboundMessage): Receipt {
    const known = this.#keys.get(idempotencyKey);
    if (known !== undefined && !this.#has('forgets keys')) return known;
    const name = this.#has('trusts file names')
      ? (file?.name ?? '')
      : (file?.name ?? '').replaceAll(/[^\w. -]/gu, '_');
    const bytes = this.#has('cuts files') ? file?.bytes.slice(0, 10) : file?.bytes;
    const thread = this.#has('answers outside the thread') ? undefined : to.threadId;
    const messageId = `out ${this.#sent.length}`;
    this.#sent.push({
      id: messageId,
      text: text.replaceAll(/\*\*|`/gu, ''),
      preview: this.#has('shows previews'),
      pings: this.#has('notifies everybody') ? (text.match(/@\w+/gu) ?? []) : [],
      ...(bytes === undefined ? {} : { file: { name, bytes } }),
      ...(thread === undefined ? {} : { thread }),
    });
    this.#keys.set(idempotencyKey, { messageId });
    return { messageId: this.#has('gives no message ids') ? '' : messageId };
  }

  async #send(message: OutboundMessage, signal: AbortSignal): Promise<Receipt> {
    if (signal.aborted && !this.#has('sends after the signal'))
      throw new DeliveryError('retry', 'memory.stopping', 'stopping');
    if (message.to.id === 'gone') {
      const outcome = this.#has('calls everything harmless') ? 'retry' : 'failed';
      throw new DeliveryError(outcome, 'memory.gone', 'gone');
    }
    if ((message.buttons ?? []).flat().some(({ data }) => Buffer.byteLength(data) > 64)) {
      if (this.#has('half sends buttons')) this.#take(message);
      throw new DeliveryError('failed', 'memory.button', 'too much');
    }
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault === 'answer-lost') this.#take(message);
    if (fault !== undefined && this.#has('tries again by itself')) {
      return await this.#send({ ...message, idempotencyKey: `${Math.random()}` }, signal);
    }
    const silent = fault === 'answer-lost' && this.#has('loses the answer silently');
    if (fault !== undefined && !silent) throw this.#refusal(fault);
    return silent ? { messageId: 'out' } : this.#take(message);
  }

  #edit(to: Conversation, messageId: string, text: string): void {
    const edited = this.#sent.find(({ id }) => id === messageId);
    const fresh = { to, text, idempotencyKey: `edit ${this.#sent.length}` };
    if (edited === undefined || this.#has('edits by sending again')) this.#take(fresh);
    else
      this.#sent = this.#sent.map((each) =>
        each === edited ? { ...each, text: text.replaceAll('**', '') } : each,
      );
  }

  #channel(): Channel {
    return {
      id: 'memory',
      run: (inbox, signal) => this.run(inbox, signal),
      send: (message, signal) => this.#send(message, signal),
      status: () => ({ state: this.#state }),
      probe: async () => {
        if (this.#revoked) throw new DeliveryError('failed', 'memory.revoked', 'refused');
        return {};
      },
      split: (text) =>
        this.#has('splits words away') ? [text.slice(0, 100)] : (text.match(/.{1,99}\b/gsu) ?? []),
      edit: async (to, messageId, text) => this.#edit(to, messageId, text),
      typing: async () => {
        if (!this.#has('types nowhere')) this.#typed += 1;
      },
      seen: async ({ messageId = '' }) => void this.#seen.push(messageId),
      answerButton: async ({ kind }) => {
        if (kind !== 'button') throw new DeliveryError('failed', 'memory.button', 'no press');
      },
      maxFileBytes: 1_000_000,
      idempotentSend: true,
      lookup: async (key) =>
        this.#has('finds nothing by its key') ? undefined : this.#keys.get(key),
      fetchMedia: async ({ size = 5000 }, maxBytes) => {
        if (size > maxBytes && !this.#has('ignores media limits')) {
          throw new DeliveryError('failed', 'memory.too_large', 'too large');
        }
        this.#downloads += 1;
        return new Uint8Array(size);
      },
    };
  }

  #sayInRoom({ text, mention, replyTo, inThread, byBot }: RoomMessage): void {
    const facts = {
      ...(mention === 'us' ? { nativeMention: true } : {}),
      ...(mention === 'somebody' ? { mentionsOthers: true } : {}),
      ...(replyTo === undefined ? {} : { replyToBot: true }),
    };
    this.#happen('first', {
      text,
      conversation: inThread === true ? { ...ROOM, threadId: 'corner' } : ROOM,
      ...(byBot === true ? { sender: { id: 'machine', isBot: true } } : {}),
      ...(Object.keys(facts).length === 0 ? {} : { facts }),
      ...(replyTo === undefined ? {} : { replyTo }),
    });
  }

  #people(): Partial<ChannelBench> & Pick<ChannelBench, 'receive'> {
    const kinds = (kind: Event['kind'], content: Partial<Event>) =>
      this.#happen('first', { kind, ...content });
    return {
      receive: async (chat, text) => void this.#happen(chat, { text }),
      receiveOwn: async (text) => void this.#happen('self', { text }),
      receiveForged: async (text) => {
        if (this.#has('takes forged events')) this.#happen('first', { text });
      },
      receiveFile: async () => {
        this.#happen('first', { text: '', attachments: [{ ref: 'file' }] });
        return { ref: 'file' };
      },
      receiveEdit: async (before, after) => {
        const messageId = String(this.#happen('first', { text: before }));
        kinds('edit', { text: after, messageId });
      },
      receiveReaction: async (messageId, emoji) =>
        void kinds('reaction', { messageId, text: emoji }),
      receivePress: async (messageId, data) =>
        void kinds('button', { messageId, button: { data } }),
      receiveCommand: async (name, args) =>
        void kinds('command', { text: `/${name} ${args}`, command: { name, args } }),
      receiveForward: async (text) =>
        void this.#happen('first', {
          text: '',
          context: [{ kind: 'forwarded', sender: {}, text }],
        }),
      receiveInRoom: async (message) => this.#sayInRoom(message),
      redeliver: async () => {
        if (this.#last !== undefined) this.#letters.push(this.#last);
      },
    };
  }

  bench(): ChannelBench {
    return {
      channel: this.#channel(),
      secrets: [TOKEN],
      conversation: { ...PLACE, kind: 'direct', id: 'chat of anna' },
      goneConversation: { ...PLACE, kind: 'direct', id: 'gone' },
      room: ROOM,
      threads: true,
      ourName: OUR_NAME,
      pings: ['@everyone'],
      ...this.#people(),
      identity: (chat) => `person ${chat}`,
      rename: async (chat, name) => {
        this.#names[chat] = name;
      },
      downloads: () => this.#downloads,
      unacknowledged: () => this.#letters.length,
      sent: () => this.#sent.map(({ text }) => text),
      lastSent: () => this.#sent.at(-1),
      seen: () => this.#seen,
      typing: () => this.#typed,
      failNextSend: async (fault) => {
        this.#fault = fault;
      },
      heal: async () => {
        this.#fault = undefined;
      },
      dropConnections: async () => {
        this.#broken = true;
        await new Promise((resolve) => setTimeout(resolve, 10));
      },
      stall: async () => {
        this.#silent = true;
      },
      revoke: async () => {
        this.#revoked = true;
      },
      connections: () => this.#connections,
      close: async () => undefined,
    };
  }
}
