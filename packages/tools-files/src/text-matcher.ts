/**
 * Plain text in a line: what takes a time linear in the text, whatever the pattern.
 *
 * @module
 */

/** Whether a text holds the pattern, and where. */
export interface Matcher {
  (text: string): boolean;
  /** Where the pattern begins; 0 when it is not there. */
  at(text: string): number;
}

/** Makes a test for plain text. Without regard to case, both are compared in lower case. */
export function compileText(pattern: string, caseSensitive: boolean): Matcher {
  const plain = (text: string): string => (caseSensitive ? text : text.toLowerCase());
  const wanted = plain(pattern);
  return Object.assign((text: string) => plain(text).includes(wanted), {
    at: (text: string) => Math.max(0, plain(text).indexOf(wanted)),
  });
}
