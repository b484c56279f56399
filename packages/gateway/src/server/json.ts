/**
 * Bytes from outside to JSON. Promises: never throws, and refuses what is nested deeper than any
 * honest request before it is built.
 *
 * @module
 */

/** Nesting no honest request reaches. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** True when brackets outside of strings nest deeper than {@link MAX_DEPTH}. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

/** Refuses what is no UTF-8, and leaves a byte order mark for the parser to refuse. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value, or undefined for bytes that are not UTF-8, not JSON, or nested too deep. */
export function parseJson(data: Uint8Array): unknown {
  try {
    const text = decoder.decode(data);
    return isTooDeep(text) ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
