/**
 * Reads a Web API request: urlencoded, JSON or multipart body and the query, into one bag.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

/** Parameters by name. Forms give texts; nested values in them are JSON text. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Reads a whole body. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}

function parseJson(json: string): Parameters {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Falls through to the one refusal.
  }
  throw new Refusal('invalid_json');
}

/** Parses a body by its content type, over the query string. */
export async function readParameters(
  body: Uint8Array<ArrayBuffer>,
  type: string,
  query: URLSearchParams,
): Promise<Parameters> {
  const fromQuery = Object.fromEntries(query);
  if (body.length === 0) return fromQuery;
  if (type.startsWith('application/json')) {
    return { ...fromQuery, ...parseJson(new TextDecoder().decode(body)) };
  }
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return {
      ...fromQuery,
      ...Object.fromEntries(new URLSearchParams(new TextDecoder().decode(body))),
    };
  }
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    return { ...fromQuery, ...Object.fromEntries(form) };
  }
  throw new Refusal('invalid_form_data');
}

/** A text parameter, or undefined. */
export function text(from: Parameters, name: string): string | undefined {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A flag, also when it came as text. Undefined when it is not given. */
export function flag(from: Parameters, name: string): boolean | undefined {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  if (value === undefined) return undefined;
  return value === true || value === 'true' || value === '1';
}

/** A number, also when it came as text. */
export function integer(from: Parameters, name: string): number | undefined {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  const number = typeof value === 'string' && /^\d+$/u.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

/** A nested value, also when it came as JSON text. Undefined when it is not given. */
export function nested(from: Parameters, name: string, error: string): unknown {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new Refusal(error);
  }
}

/** A field of something that may be an object. */
export function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name)
    ? Reflect.get(of, name)
    : undefined;
}
