/**
 * The HTTP client under grammY: Node's own fetch instead of the one grammY brings.
 *
 * It notices an answer that breaks off at once (not after a timeout), says whether a fault came
 * before the request was sent, and lets us cap answers and refuse redirects.
 *
 * Files are uploaded without grammY, which writes the name of a file into its request unescaped.
 *
 * @module
 */
import { readCapped } from '@portcullis/channel-kit';
import type { ApiClientOptions } from 'grammy';

/** The type grammY wants: that of the fetch it brings. */
type GrammyFetch = NonNullable<ApiClientOptions['fetch']>;

/** An answer bigger than this is not an answer of the Bot API. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** What grammY hands over: its signal is a polyfill's and only looks like the platform's. */
interface GrammyRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal;
}

async function request(url: string, init: GrammyRequest): Promise<Response> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (init.signal.aborted) abort();
  init.signal.addEventListener('abort', abort);
  try {
    const response = await fetch(url, {
      method: init.method,
      headers: { 'content-type': init.headers['content-type'] ?? 'application/json' },
      body: init.body,
      // A redirect would carry the message, and the token with it, to wherever it points.
      redirect: 'error',
      signal: controller.signal,
    });
    return new Response(await readCapped(response, MAX_ANSWER_BYTES));
  } finally {
    init.signal.removeEventListener('abort', abort);
  }
}

/** For grammY's `client.fetch` option. JSON bodies only: files go by {@link postForm}. */
export const grammyFetch: GrammyFetch = request as unknown as GrammyFetch;

/** Posts a form and gives the answer as JSON. Rejects as `fetch` does, or with a `SyntaxError`. */
export async function postForm(url: URL, form: FormData, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: form, redirect: 'error', signal });
  const answer = await readCapped(response, MAX_ANSWER_BYTES);
  return JSON.parse(new TextDecoder().decode(answer));
}
