/**
 * How a check is worded.
 *
 * @module
 */

/** The words of one check. */
export interface Wording {
  /** What is wrong, in a few words. */
  readonly title: string;
  /** What somebody could do with it, as a sentence; empty where nothing is wrong. */
  readonly harm: string;
  /**
   * The command that mends it, or the change; empty where there is nothing to mend. `<key>` stands for
   * the key it is about, `then:` comes between commands that belong together.
   */
  readonly remedy: string;
}
