/**
 * Reads a REST request: JSON or multipart body, and typed access to its fields.
 *
 * @module
 */
import type { DiscordFile } from './records.ts';
import { Refusal } from './refusal.ts';

/** A request of the bot. */
export interface ApiRequest {
  /** Of the path, by name: `{ channel: '1' }`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON body, or `payload_json` of a multipart one. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly files: readonly DiscordFile[];
}

/** Some clients write ids as numbers; those have more digits than a number of JavaScript holds. */
function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isLost = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return isLost ? (context?.source ?? value) : value;
}

function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json, exactly);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Falls through to the one refusal.
  }
  throw new Refusal(400, 50109, 'The request body contains invalid JSON.');
}

async function readMultipart(
  body: Uint8Array<ArrayBuffer>,
  type: string,
): Promise<Pick<ApiRequest, 'body' | 'files'>> {
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const files: DiscordFile[] = [];
  let payload: Readonly<Record<string, unknown>> = {};
  for (const [name, value] of form) {
    if (name === 'payload_json') {
      payload = parseObject(typeof value === 'string' ? value : await value.text());
    } else if (typeof value !== 'string') {
      const bytes = new Uint8Array(await value.arrayBuffer());
      files.push({ name: value.name, bytes, contentType: value.type });
    }
  }
  return { body: payload, files };
}

/** Parses a body by its content type. */
export async function readBody(
  body: Uint8Array<ArrayBuffer>,
  type: string,
): Promise<Pick<ApiRequest, 'body' | 'files'>> {
  if (body.length === 0) return { body: {}, files: [] };
  if (type.startsWith('multipart/form-data')) return await readMultipart(body, type);
  return { body: parseObject(new TextDecoder().decode(body)), files: [] };
}

/** A text field, or undefined. Numbers count as text, as nonces may be numbers. */
export function text(from: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** An object field, or undefined. */
export function object(
  from: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> | undefined {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined;
}

/** A list of texts; anything else in it is left out. Undefined when there is no list. */
export function texts(
  from: Readonly<Record<string, unknown>>,
  name: string,
): readonly string[] | undefined {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  return Array.isArray(value)
    ? value.filter((entry): entry is string => typeof entry === 'string')
    : undefined;
}
