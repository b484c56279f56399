/**
 * A complete channel on a network of one array, and ways to break it: shows that the contract suite
 * takes a good channel and refuses bad ones.
 *
 * @module
 */
import { type Channel, DeliveryError, type Event, type Inbox } from '@portcullis/core';
import type { ChannelBench, ChannelBenchTools, SendFault } from '../src/index.ts';

/** How a channel can break its promises. */
export type Flaw =
  | 'acknowledges early'
  | 'loses refused events'
  | 'has no event ids'
  | 'new id on redelivery'
  | 'turns events around'
  | 'never stops'
  | 'hands over twice'
  | 'does not mark its own'
  | 'takes forged events'
  | 'tries again by itself'
  | 'calls everything unknown'
  | 'loses the answer silently'
  | 'logs its token'
  | 'shows its token in errors'
  | 'splits words away'
  | 'ignores media limits'
  | 'gives up on a loss';

interface Letter {
  readonly id: number;
  readonly chat: string;
  readonly from: string;
  readonly text: string;
}

const TOKEN = 'token-of-the-memory-network';

export class MemoryNetwork {
  readonly #flaw: Flaw | undefined;
  readonly #log: ChannelBenchTools['log'];
  #letters: Letter[] = [];
  #sent: string[] = [];
  #fault: SendFault | undefined;
  #broken = false;
  #nextId = 1;
  #reads = 0;
  #state: 'starting' | 'connected' | 'stopped' = 'starting';

  constructor(tools: ChannelBenchTools, flaw?: Flaw) {
    this.#log = tools.log;
    this.#flaw = flaw;
  }

  #deliver(chat: string, from: string, text: string): void {
    this.#letters.push({ id: this.#nextId, chat, from, text });
    this.#nextId += 1;
  }

  #event({ id, chat, from, text }: Letter): Event {
    this.#reads += 1;
    const own = from === 'self' && this.#flaw !== 'does not mark its own';
    const eventId = this.#flaw === 'new id on redelivery' ? `${id}-${this.#reads}` : String(id);
    return {
      kind: 'message',
      ...(this.#flaw === 'has no event ids' ? {} : { eventId }),
      conversation: { channel: 'memory', accountId: 'default', kind: 'direct', id: chat },
      sender: { id: from, ...(own ? { isSelf: true } : {}) },
      at: 1,
      text,
    };
  }

  async #hand(inbox: Inbox): Promise<void> {
    const flaw = this.#flaw;
    const batch = flaw === 'turns events around' ? this.#letters.toReversed() : [...this.#letters];
    for (const letter of batch) {
      const drop = () => {
        this.#letters = this.#letters.filter(({ id }) => id !== letter.id);
      };
      if (flaw === 'acknowledges early') drop();
      const stored = await inbox.accept(this.#event(letter)).then(
        () => true,
        () => false,
      );
      if (flaw === 'hands over twice') await inbox.accept(this.#event(letter));
      if (stored || flaw === 'loses refused events') drop();
      else return;
    }
  }

  async run(inbox: Inbox, signal: AbortSignal): Promise<void> {
    this.#state = 'connected';
    const going = () => !signal.aborted || this.#flaw === 'never stops';
    while (going()) {
      if (this.#broken && this.#flaw === 'gives up on a loss') return;
      if (this.#broken && this.#flaw === 'logs its token') this.#log.warn({ TOKEN }, 'lost');
      this.#broken = false;
      if (!signal.aborted) await this.#hand(inbox);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    this.#state = 'stopped';
  }

  #refusal(fault: SendFault): DeliveryError {
    const words = this.#flaw === 'shows its token in errors' ? `at /bot${TOKEN}` : 'at the network';
    const sure = fault === 'rate-limited' || fault === 'unreachable';
    const outcome = sure && this.#flaw !== 'calls everything unknown' ? 'retry' : 'unknown';
    return new DeliveryError(outcome, 'memory.fault', `${fault} ${words}`);
  }

  async #send(text: string, chat: string, signal: AbortSignal): Promise<{ messageId: string }> {
    if (signal.aborted) throw new DeliveryError('retry', 'memory.stopping', 'stopping');
    if (chat === 'gone') throw new DeliveryError('failed', 'memory.gone', 'gone');
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault === 'answer-lost') this.#sent.push(text);
    if (fault !== undefined && this.#flaw === 'tries again by itself') {
      return await this.#send(text, chat, signal);
    }
    const silent = fault === 'answer-lost' && this.#flaw === 'loses the answer silently';
    if (fault !== undefined && !silent) throw this.#refusal(fault);
    if (!silent) this.#sent.push(text);
    return { messageId: String(this.#sent.length) };
  }

  #channel(): Channel {
    return {
      id: 'memory',
      run: (inbox, signal) => this.run(inbox, signal),
      send: ({ text, to }, signal) => this.#send(text, to.id, signal),
      status: () => ({ state: this.#state }),
      split: (text) =>
        this.#flaw === 'splits words away'
          ? [text.slice(0, 100)]
          : (text.match(/.{1,99}\b/gsu) ?? []),
      fetchMedia: async ({ size = 5000 }, maxBytes) => {
        if (size > maxBytes && this.#flaw !== 'ignores media limits') {
          throw new DeliveryError('failed', 'memory.too_large', 'too large');
        }
        return new Uint8Array(size);
      },
    };
  }

  bench(): ChannelBench {
    const direct = { channel: 'memory', accountId: 'default', kind: 'direct' } as const;
    return {
      channel: this.#channel(),
      secrets: [TOKEN],
      conversation: { ...direct, id: 'anna' },
      goneConversation: { ...direct, id: 'gone' },
      receive: async (chat, text) => this.#deliver(chat, `person of ${chat}`, text),
      receiveOwn: async (text) => this.#deliver('first', 'self', text),
      receiveForged: async (text) => {
        if (this.#flaw === 'takes forged events') this.#deliver('first', 'somebody', text);
      },
      receiveFile: async () => ({ ref: 'file' }),
      unacknowledged: () => this.#letters.length,
      sent: () => this.#sent,
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
      close: async () => undefined,
    };
  }
}
