/**
 * Texts made from what a webhook delivered. Whatever is put in stays data: the whole text is shown
 * to the model as something untrusted.
 *
 * @module
 */

/** Most UTF-16 units of a text from outside. */
const LONGEST = 32_768;
const PLACE = /\{\{\s*([A-Za-z_][\w.[\]-]{0,199})\s*\}\}/gu;

/** `template` with its places filled from `payload`; what is not there is empty. */
export function fill(template: string, payload: unknown): string {
  return bounded(template.replaceAll(PLACE, (_, path: string) => shown(valueAt(payload, path))));
}

/** A text that is not too long for a prompt. */
export function bounded(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST)}\n[cut: ${String(text.length - LONGEST)} more characters]`;
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
