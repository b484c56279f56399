/**
 * The plain phrases the offline model understands, and the tool calls they stand for.
 *
 * The table is the documentation: `help` prints it, and docs/how-to/offline-model.md repeats it.
 *
 * @module
 */

/** A tool call without its id. */
export interface PhraseCall {
  /** Name of one of the core tools. */
  readonly name: string;
  readonly input: Readonly<Record<string, string>>;
}

/** One phrase. */
export interface Phrase {
  /** The phrase as a person would type it. */
  readonly example: string;
  /** What it does, in a few words. */
  readonly means: string;
  /** Matches the whole message, without regard to case. */
  readonly pattern: RegExp;
  /** The call, from the pattern's named groups. */
  call(groups: Readonly<Record<string, string>>): PhraseCall;
}

/** Longest message that is looked at, in UTF-16 units; longer ones match no phrase. */
export const PHRASE_LIMIT = 2000;

/** All phrases, in the order they are tried. */
export const phrases: readonly Phrase[] = [
  {
    example: 'list files',
    means: 'list the workspace',
    pattern: /^(?:list files|ls)$/i,
    call: () => ({ name: 'ls', input: { path: '.' } }),
  },
  {
    example: 'list files in notes',
    means: 'list a folder',
    pattern: /^(?:list files in|ls) (?<path>\S.*)$/i,
    call: ({ path = '.' }) => ({ name: 'ls', input: { path } }),
  },
  {
    example: 'read notes.txt',
    means: 'read a file',
    pattern: /^read (?<path>\S.*)$/i,
    call: ({ path = '' }) => ({ name: 'read', input: { path } }),
  },
  {
    example: 'write hello to notes.txt',
    means: 'write a file',
    pattern: /^write (?<content>\S.*) to (?<path>\S+)$/is,
    call: ({ content = '', path = '' }) => ({ name: 'write', input: { path, content } }),
  },
  {
    example: 'run ls -la',
    means: 'run a command',
    pattern: /^run (?<command>\S.*)$/is,
    call: ({ command = '' }) => ({ name: 'exec', input: { command } }),
  },
  {
    example: 'fetch https://example.com/',
    means: 'fetch a web page',
    pattern: /^fetch (?<url>https?:\/\/\S+)$/i,
    call: ({ url = '' }) => ({ name: 'web_fetch', input: { url } }),
  },
  {
    example: 'search for tide tables',
    means: 'search the web',
    pattern: /^search for (?<query>\S.*)$/i,
    call: ({ query = '' }) => ({ name: 'web_search', input: { query } }),
  },
  {
    example: 'send hi to alex',
    means: 'send a message',
    pattern: /^send (?<message>\S.*) to (?<to>\S+)$/is,
    call: ({ message = '', to = '' }) => ({
      name: 'message',
      input: { action: 'send', to, message },
    }),
  },
];

/** The call a message stands for; undefined where it is none of the phrases. */
export function callFor(text: string): PhraseCall | undefined {
  const trimmed = text.trim();
  if (trimmed.length > PHRASE_LIMIT) return undefined;
  for (const phrase of phrases) {
    const match = phrase.pattern.exec(trimmed);
    if (match !== null) return phrase.call(match.groups ?? {});
  }
  return undefined;
}
