/**
 * Delivers updates to a bot's webhook, one after another, each until it is answered with 2xx.
 *
 * @module
 */
import type { WebhookInfo } from 'grammy/types';
import type { UpdateQueue } from './update-queue.ts';

/** What `setWebhook` asked for. */
export interface WebhookTarget {
  readonly url: string;
  readonly secretToken: string | undefined;
}

/** Sends what is queued while a webhook is set. */
export class WebhookSender {
  readonly #queue: UpdateQueue;
  readonly #retryMs: number;
  #target: WebhookTarget | undefined;
  #lastError: { readonly at: number; readonly message: string } | undefined;
  #running: Promise<void> | undefined;
  #stop = new AbortController();

  constructor(queue: UpdateQueue, retryMs: number) {
    this.#queue = queue;
    this.#retryMs = retryMs;
    queue.onPush(() => this.#start());
  }

  /** Where updates go, or undefined. */
  get target(): WebhookTarget | undefined {
    return this.#target;
  }

  /** Sets the webhook, or removes it with undefined, and ends a delivery under way. */
  async set(target: WebhookTarget | undefined): Promise<void> {
    this.#target = undefined;
    this.#stop.abort();
    await this.#running;
    this.#stop = new AbortController();
    this.#target = target;
    this.#start();
  }

  /** The answer of `getWebhookInfo`. */
  info(): WebhookInfo {
    return {
      url: this.#target?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: this.#queue.pending.length,
      ...(this.#lastError === undefined
        ? {}
        : {
            last_error_date: Math.floor(this.#lastError.at / 1000),
            last_error_message: this.#lastError.message,
          }),
    };
  }

  #start(): void {
    if (this.#target === undefined || this.#running !== undefined) return;
    this.#running = this.#deliver(this.#target, this.#stop.signal).finally(() => {
      this.#running = undefined;
      if (this.#queue.pending.length > 0) this.#start();
    });
  }

  async #deliver(target: WebhookTarget, stop: AbortSignal): Promise<void> {
    for (let next = this.#queue.pending[0]; next !== undefined && !stop.aborted;) {
      const fault = await this.#post(target, JSON.stringify(next), stop);
      if (fault === undefined) this.#queue.acknowledge(next.update_id);
      else if (!stop.aborted) {
        this.#lastError = { at: Date.now(), message: fault };
        await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
      }
      next = this.#queue.pending[0];
    }
  }

  async #post(target: WebhookTarget, body: string, stop: AbortSignal): Promise<string | undefined> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (target.secretToken !== undefined) {
      headers['x-telegram-bot-api-secret-token'] = target.secretToken;
    }
    try {
      const response = await fetch(target.url, { method: 'POST', headers, body, signal: stop });
      await response.arrayBuffer();
      return response.ok ? undefined : `Wrong response from the webhook: ${response.status}`;
    } catch {
      return 'Connection refused';
    }
  }
}
