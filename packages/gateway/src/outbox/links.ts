/**
 * Links in outbound text.
 *
 * @module
 */

/** Makes links in a text unusable without hiding them. */
export function defang(text: string): string {
  return text
    .replaceAll(/\b(https?):\/\//giu, '$1[:]//')
    .replaceAll(/\]\((?=https?\[:\])/giu, '] (');
}
