/**
 * Texts made from what a webhook delivered. Whatever is put in stays data: the whole text is shown
 * to the model as something untrusted.
 *
 * @module
 */

/** Most UTF-16 units of a text from outside. */
const LONGEST = 32_768;
/** What a name of a session may not hold as it is, one code point at a time. */
const FREE = /[^a-z0-9@._+=~-]/gu;
const PLACE = /\{\{\s*([A-Za-z_][\w.[\]-]{0,199})\s*\}\}/gu;

/** `template` with its places filled from `payload`; what is not there is empty. */
export function fill(template: string, payload: unknown): string {
  return bounded(template.replaceAll(PLACE, (_, path: string) => shown(valueAt(payload, path))));
}

/**
 * A name with its places filled from `payload`, one for everything a sender may write into them: equal
 * for texts that differ in case only, different for all others, and never longer than one segment of
 * a session key per place. Undefined where a place stays empty: a name that lacks a part would be
 * somebody else's.
 */
export function fillName(template: string, payload: unknown): string | undefined {
  return fillWhole(template, payload, (text) =>
    text
      .normalize('NFC')
      .toLowerCase()
      .replaceAll(FREE, (part) => encodeURIComponent(part.isWellFormed() ? part : '\uFFFD')),
  );
}

/** `template` with its places filled as they are. Undefined where a place stays empty. */
export function fillExactly(template: string, payload: unknown): string | undefined {
  return fillWhole(template, payload, (text) => JSON.stringify(text));
}

/** Whether the value at a path says anything but no. */
export function saysYes(payload: unknown, path: string): boolean {
  const value = valueAt(payload, path);
  return value !== undefined && value !== null && value !== false && value !== '';
}

/** A text that is not too long for a prompt. */
export function bounded(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST)}\n[cut: ${String(text.length - LONGEST)} more characters]`;
}

function fillWhole(
  template: string,
  payload: unknown,
  write: (text: string) => string,
): string | undefined {
  let isWhole = true;
  const filled = template.replaceAll(PLACE, (_, path: string) => {
    const value = valueAt(payload, path);
    const isPlain = typeof value === 'string' || typeof value === 'number';
    const text = isPlain ? String(value).trim() : '';
    if (text === '') isWhole = false;
    return write(text);
  });
  return isWhole ? filled : undefined;
}

/** The value at a dotted path such as `commits[0].author.name`; own keys only. */
function valueAt(payload: unknown, path: string): unknown {
  let value: unknown = payload;
  for (const key of path.split(/[.[\]]+/u)) {
    if (key === '') continue;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}
