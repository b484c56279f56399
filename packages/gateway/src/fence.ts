/**
 * Fences around text from outside, as the model is shown it.
 *
 * @module
 */

/** Keeps fenced text from closing its own fence. */
export function fence(text: string): string {
  return text.replaceAll(/<(?=\/?\s*untrusted)/giu, '&lt;');
}
