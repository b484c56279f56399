/**
 * What a guided command needs of a terminal.
 *
 * @module
 */

/** One of several answers. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** Says what is wrong with a text; undefined where nothing is. */
export type Check = (text: string) => string | undefined;

/**
 * Asks a person, one question after another. Every question throws `usage.cancelled` when the person
 * leaves it with Escape or Ctrl-C.
 */
export interface Prompter {
  choose(message: string, choices: readonly Choice[], initial: string): Promise<string>;
  chooseSeveral(
    message: string,
    choices: readonly Choice[],
    initial: readonly string[],
  ): Promise<readonly string[]>;
  text(message: string, initial: string, check: Check): Promise<string>;
  /** What is typed is shown as dots. */
  secret(message: string, check: Check): Promise<string>;
  confirm(message: string, initial: boolean): Promise<boolean>;
  title(text: string): void;
  /** Sentences before the questions they are about. */
  note(title: string, text: string): void;
  end(text: string): void;
}
