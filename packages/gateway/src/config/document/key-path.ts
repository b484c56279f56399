/**
 * Dotted paths into a config: `gateway.auth.mode`, `bindings[0].agentId`, `channels["x.y"].enabled`.
 * Promises: pure; {@link formatPath} and {@link parsePath} undo each other.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigValue, ownValue } from './config-value.ts';

/** A key of an object, or an index of an array. */
export type PathSegment = string | number;

const MAX_SEGMENTS = 100;
const SEGMENT = /(?:^|\.)([^.[\]"'\s]+)|\[(0|[1-9][0-9]{0,8})\]|\[("(?:[^"\\]|\\.)*")\]/uy;

function pathFault(text: string): PortcullisError {
  return new PortcullisError('config.path', 'That is not a path into the config.', {
    hint: 'Write it like gateway.auth.mode, bindings[0].agentId or channels["x.y"].enabled.',
    details: { length: text.length },
  });
}

function unquote(text: string, quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw pathFault(text);
  }
}

/**
 * Splits a path into its segments. A bare segment takes any character but dots, brackets, quotes
 * and white space, so `channels.telegram.groups.-100123` and `groups.*` need no quotes.
 *
 * @throws PortcullisError `config.path` when the text is no path.
 */
export function parsePath(text: string): readonly PathSegment[] {
  const segments: PathSegment[] = [];
  let position = 0;
  if (text.startsWith('.')) throw pathFault(text);
  while (position < text.length) {
    SEGMENT.lastIndex = position;
    const match = SEGMENT.exec(text);
    if (match === null || segments.length >= MAX_SEGMENTS) throw pathFault(text);
    const [whole, bare, index, quoted] = match;
    if (bare !== undefined) segments.push(bare);
    else if (index !== undefined) segments.push(Number(index));
    else segments.push(unquote(text, quoted ?? '""'));
    position += whole.length;
  }
  if (segments.length === 0) throw pathFault(text);
  return segments;
}

/** Writes segments as a path, quoting only what needs it. */
export function formatPath(segments: readonly PathSegment[]): string {
  let text = '';
  for (const segment of segments) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[^.[\]"'\s]+$/u.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment)}]`;
  }
  return text;
}

/** One step down: own keys of objects, indices of arrays, nothing else. */
export function stepInto(
  value: ConfigValue | undefined,
  segment: PathSegment,
): ConfigValue | undefined {
  if (!Array.isArray(value)) return ownValue(value, String(segment));
  return typeof segment === 'number' ? value[segment] : undefined;
}

/**
 * The value at a path, undefined when there is none.
 *
 * @throws PortcullisError `config.path` when the text is no path.
 */
export function getPath(value: ConfigValue, path: string): ConfigValue | undefined {
  return parsePath(path).reduce<ConfigValue | undefined>(stepInto, value);
}
