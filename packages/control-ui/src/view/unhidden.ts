/**
 * Text of others, with everything spelled out that a reader would not see.
 *
 * @module
 */

/**
 * Characters without a shape, those that change the order of others, every blank but the plain one,
 * and rows of blanks that push a text out of sight.
 */
const UNSEEN =
  /[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]--[\n\u0020]]|(?<=[^\n\u0020]) {3,}/gv;

/** Text in which everything is seen. */
export function unhidden(text: string): string {
  return text.replaceAll(UNSEEN, (found) =>
    [...Array(found.length).keys()]
      .map((index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** JSON over several lines that means the same; as it came where it is none. */
export function spelled(subject: string): string {
  try {
    return unhidden(JSON.stringify(JSON.parse(subject), null, 2));
  } catch {
    return unhidden(subject);
  }
}
