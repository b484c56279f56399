/**
 * The tool `web_fetch`: a page of the web as text.
 *
 * @module
 */
import {
  type NetResponse,
  PortcullisError,
  type Tool,
  type ToolResult,
  fenced,
  plainLine,
} from '@portcullis/core';
import { z } from 'zod';

import { contentKind, decodeText, mediaType } from './page/content-kind.ts';

/** Input of `web_fetch`. */
export interface WebFetchInput {
  readonly url: string;
  /** Most characters of text. Default 30,000 or what the config says, at most 80,000. */
  readonly maxChars?: number | undefined;
  /** `markdown` (default) and `text` give the readable part of a page, `raw` its source. */
  readonly extract?: 'markdown' | 'text' | 'raw' | undefined;
}

const MAX_CHARS = 80_000;
const DEFAULT_CHARS = 30_000;
/** Enough of an error page to tell what is wrong. */
const ERROR_CHARS = 2000;

const input = z.object({
  url: z.string().min(1).max(4096).describe('Address, http or https.'),
  maxChars: z.int().min(100).max(MAX_CHARS).optional().describe('Most characters of text.'),
  extract: z
    .enum(['markdown', 'text', 'raw'])
    .optional()
    .describe('markdown (default) or text: the readable part. raw: the source.'),
});

/** Reads a page. */
export const webFetch: Tool<WebFetchInput> = {
  name: 'web_fetch',
  description:
    'Reads one page or text file of the web. Gives its readable part as Markdown. Scripts do not run.',
  input,
  inputSchema: z.toJSONSchema(input, { io: 'input' }),
  effects: ['net'],
  settings: { path: 'tools.web.fetch' },
  plan: ({ url }) => [{ kind: 'net', request: { url } }],
  run: async ({ url, maxChars, extract = 'markdown' }, { brokers, settings }) => {
    if (brokers.net === undefined || settings?.get('enabled') === false) throw switchedOff();
    const timeoutSeconds = settings?.get('timeoutSeconds');
    const answer = await brokers.net.fetch({
      url,
      headers: { accept: 'text/html,application/xhtml+xml,text/*;q=0.9,*/*;q=0.5' },
      ...(typeof timeoutSeconds === 'number' ? { timeoutMs: timeoutSeconds * 1000 } : {}),
    });
    const configured = settings?.get('maxChars');
    const chars = maxChars ?? (typeof configured === 'number' ? configured : DEFAULT_CHARS);
    return await readAnswer(answer, extract, Math.min(Math.max(100, Math.trunc(chars)), MAX_CHARS));
  },
};

/** The reader of pages is loaded with the first page: a gateway that fetches none does without it. */
async function readAnswer(
  answer: NetResponse,
  extract: NonNullable<WebFetchInput['extract']>,
  maxChars: number,
): Promise<ToolResult> {
  const { url, status, headers, body, truncated } = answer;
  const type = mediaType(headers['content-type']) || 'unknown type';
  const kind = contentKind(headers['content-type'], body);
  const details = { url, status, type, bytes: body.length, truncated };
  const failed = status >= 400;
  if (kind === 'binary') {
    const size = `${truncated ? 'more than ' : ''}${String(body.length)} bytes`;
    return {
      text: `The server answered ${String(status)} with ${type}, ${size}: this kind cannot be read as text.`,
      isError: true,
      details,
    };
  }
  const text = decodeText(headers['content-type'], body);
  const page =
    kind === 'html' && extract !== 'raw'
      ? (await import('./page/article.ts')).readArticle(text, url, extract)
      : { title: '', text, plain: false };
  const limit = failed ? Math.min(maxChars, ERROR_CHARS) : maxChars;
  const lines = [
    `Address: ${plainLine(url, 2000)}`,
    ...(page.title === '' ? [] : [`Title: ${plainLine(page.title, 300)}`]),
    `Status: ${String(status)}, ${type}`,
    '',
    cut(page.text, limit, truncated),
  ];
  return {
    text: fenced('web', { url }, lines.join('\n')),
    ...(failed ? { isError: true } : {}),
    details: { ...details, title: plainLine(page.title, 300) },
  };
}

/** The beginning of a text, saying what is missing. */
function cut(text: string, limit: number, truncated: boolean): string {
  const whole = text.trim();
  if (whole === '') return '[no text]';
  const more = whole.length - limit;
  const notes = [
    ...(more > 0 ? [`[cut: ${String(more)} more characters]`] : []),
    ...(truncated ? ['[cut: the answer was longer than what was read]'] : []),
  ];
  return [more > 0 ? whole.slice(0, limit) : whole, ...notes].join('\n');
}

function switchedOff(): PortcullisError {
  return new PortcullisError('web.fetch_off', 'Fetching from the web is switched off.', {
    hint: 'Set tools.web.fetch.enabled to true.',
  });
}
