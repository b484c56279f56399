/**
 * A command line as words and as text, each meaning exactly the other.
 *
 * @module
 */
import { tokenize } from '@portcullis/policy/exec';

/** The words a text is sent as: its own where it is one command, else those of a shell. */
export function argvOf(text: string): readonly string[] {
  const commands = tokenize(text);
  const [only, ...others] = commands ?? [];
  return only === undefined || others.length > 0
    ? ['sh', '-c', text]
    : only.words.map((word) => word.text);
}

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/u;

/** Words as one text that means exactly them. */
export function textOf(argv: readonly string[]): string {
  return argv
    .map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
}
