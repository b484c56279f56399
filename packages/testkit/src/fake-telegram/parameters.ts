/**
 * Reads a Bot API request: JSON, urlencoded or multipart body (and query) into one bag of
 * parameters, and typed access to it with the Bot API's own refusals.
 *
 * @module
 */
import { badRequest } from './refusal.ts';

/** A file that came in a multipart body. */
export interface UploadedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Parameters by name. JSON bodies keep their types, other bodies give strings. */
export interface Parameters {
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: ReadonlyMap<string, UploadedFile>;
}

/** Parameters that are objects or arrays and come as JSON text in bodies other than JSON. */
const JSON_VALUES = new Set([
  'allowed_updates',
  'caption_entities',
  'commands',
  'entities',
  'link_preview_options',
  'reaction',
  'reply_markup',
  'reply_parameters',
]);

function fromText(name: string, value: string): unknown {
  if (!JSON_VALUES.has(name)) return value;
  try {
    return JSON.parse(value);
  } catch {
    throw badRequest(`can't parse ${name} JSON object`);
  }
}

function parseJson(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Falls through to the one refusal.
  }
  throw badRequest("can't parse JSON object");
}

/** Splits a multipart body. Header names and quoting are read as loosely as the Bot API does. */
function parseMultipart(body: Buffer, contentType: string): Parameters {
  const boundary = /boundary="?([^";]+)/iu.exec(contentType)?.[1];
  if (boundary === undefined) throw badRequest('multipart boundary not found');
  const values: Record<string, unknown> = {};
  const files = new Map<string, UploadedFile>();
  // latin1 maps bytes to characters one to one, so string search finds byte offsets.
  for (const part of body.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const split = part.indexOf('\r\n\r\n');
    const head = part.slice(0, split);
    const content = Buffer.from(part.slice(split + 4, -2), 'latin1');
    const name = /[;\s]name="?([^";\r\n]+)/iu.exec(head)?.[1];
    if (split === -1 || name === undefined) continue;
    const filename = /filename="?([^";\r\n]+)/iu.exec(head)?.[1];
    if (filename === undefined) values[name] = fromText(name, content.toString('utf8'));
    else files.set(name, { name: filename, bytes: new Uint8Array(content) });
  }
  return { values, files };
}

/** Parses a request body by its content type, over the query string. */
export function parseParameters(
  body: Buffer,
  contentType: string,
  query: URLSearchParams,
): Parameters {
  const fromQuery = Object.fromEntries(
    [...query].map(([name, value]) => [name, fromText(name, value)]),
  );
  if (body.length === 0) return { values: fromQuery, files: new Map() };
  if (contentType.startsWith('multipart/form-data')) {
    const { values, files } = parseMultipart(body, contentType);
    return { values: { ...fromQuery, ...values }, files };
  }
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams(body.toString('utf8'));
    const values = Object.fromEntries(
      [...form].map(([name, value]) => [name, fromText(name, value)]),
    );
    return { values: { ...fromQuery, ...values }, files: new Map() };
  }
  return { values: { ...fromQuery, ...parseJson(body) }, files: new Map() };
}

/** A text parameter, or undefined. */
export function text({ values }: Parameters, name: string): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** An integer parameter, also when it came as text. */
export function integer({ values }: Parameters, name: string): number | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  const number = typeof value === 'string' && /^-?\d+$/u.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

/** A boolean parameter, also when it came as text. Default false. */
export function flag({ values }: Parameters, name: string): boolean {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return value === true || value === 'true' || value === 'True' || value === '1';
}

/** An object parameter, or undefined. */
export function object(from: unknown, name: string): Record<string, unknown> | undefined {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, name)) return undefined;
  const value: unknown = Reflect.get(from, name);
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}
