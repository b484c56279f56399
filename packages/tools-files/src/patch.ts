/**
 * The patch format: a list of files to add, delete, update or move, between `*** Begin Patch` and
 * `*** End Patch`. Strict: what is not understood is an error, never skipped.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** One place of a file that changes. */
export interface Hunk {
  /** A line to be found before it, from `@@`. */
  readonly header?: string;
  /** Lines as they are, and as they become, with the unchanged ones around. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** True when `before` ends the file. */
  readonly atEnd: boolean;
}

/** What happens to one file. */
export type PatchStep =
  | { readonly kind: 'add'; readonly path: string; readonly lines: readonly string[] }
  | { readonly kind: 'delete'; readonly path: string }
  | {
      readonly kind: 'update';
      readonly path: string;
      readonly moveTo?: string;
      readonly hunks: readonly Hunk[];
    };

const BEGIN = '*** Begin Patch';
const END = '*** End Patch';
const FILE_HEADER = /^\*\*\* (Add|Delete|Update) File: (.*\S)\s*$/u;
const MOVE_HEADER = /^\*\*\* Move to: (.*\S)\s*$/u;
const END_OF_FILE = '*** End of File';
/** Most files of one patch. */
const MOST_FILES = 100;

/** Reads a patch. Throws `files.patch_invalid` naming the line. */
export function parsePatch(text: string): readonly PatchStep[] {
  const reader = new LineReader(text.trim().split(/\r?\n/u));
  if (reader.take()?.trimEnd() !== BEGIN) throw reader.fault(`it does not begin with "${BEGIN}"`);
  const steps: PatchStep[] = [];
  for (;;) {
    const line = reader.take();
    if (line?.trimEnd() === END) break;
    const [, verb, path] = FILE_HEADER.exec(line ?? '') ?? [];
    if (path === undefined) throw reader.fault('a file header or the end of the patch is missing');
    steps.push(parseStep(reader, verb ?? '', path));
    if (steps.length > MOST_FILES) throw reader.fault('it changes too many files');
  }
  if (reader.peek() !== undefined) throw reader.fault('there is more after its end');
  if (steps.length === 0) throw reader.fault('it changes nothing');
  assertDistinct(reader, steps);
  return steps;
}

/** Every path a patch touches, and how. */
export function pathsOf(
  steps: readonly PatchStep[],
): readonly { readonly op: 'write' | 'delete'; readonly path: string }[] {
  return steps.flatMap((step) => {
    const op = step.kind === 'delete' ? 'delete' : 'write';
    if (step.kind !== 'update' || step.moveTo === undefined) return [{ op, path: step.path }];
    return [
      { op: 'delete', path: step.path },
      { op: 'write', path: step.moveTo },
    ] as const;
  });
}

function parseStep(reader: LineReader, verb: string, path: string): PatchStep {
  if (verb === 'Delete') return { kind: 'delete', path };
  if (verb === 'Add') {
    const lines: string[] = [];
    while (reader.peek()?.startsWith('+') === true) lines.push(reader.take()?.slice(1) ?? '');
    return { kind: 'add', path, lines };
  }
  const [, moveTo] = MOVE_HEADER.exec(reader.peek() ?? '') ?? [];
  if (moveTo !== undefined) reader.take();
  const hunks: Hunk[] = [];
  while (reader.peek() !== undefined && !isHeader(reader.peek() ?? '')) {
    hunks.push(parseHunk(reader));
  }
  if (hunks.length === 0 && moveTo === undefined) throw reader.fault('an update changes nothing');
  return { kind: 'update', path, hunks, ...(moveTo === undefined ? {} : { moveTo }) };
}

function parseHunk(reader: LineReader): Hunk {
  const first = reader.peek() ?? '';
  let header = '';
  if (first.startsWith('@@')) {
    reader.take();
    // Line numbers, as other formats have them, tell nothing that the lines do not.
    const rest = first.slice(2).trim();
    header = rest.replace(/^-\d+(?:,\d+)? \+\d+(?:,\d+)? @@\s*/u, '');
  }
  const before: string[] = [];
  const after: string[] = [];
  for (;;) {
    const line = reader.peek();
    if (line === undefined || line.startsWith('@@') || isHeader(line)) break;
    if (line === END_OF_FILE) break;
    reader.take();
    // A blank line that lost its leading blank is still a blank line.
    const mark = line === '' ? ' ' : line.charAt(0);
    if (!' +-'.includes(mark)) throw reader.fault('a line begins with neither blank, "+" nor "-"');
    if (mark !== '+') before.push(line.slice(1));
    if (mark !== '-') after.push(line.slice(1));
  }
  const atEnd = reader.peek() === END_OF_FILE;
  if (atEnd) reader.take();
  if (before.length === 0 && after.length === 0) throw reader.fault('a hunk is empty');
  return { before, after, atEnd, ...(header === '' ? {} : { header }) };
}

function isHeader(line: string): boolean {
  return line.startsWith('*** ') && line !== END_OF_FILE;
}

function assertDistinct(reader: LineReader, steps: readonly PatchStep[]): void {
  const paths = pathsOf(steps).map(({ path }) => path.replace(/^(?:\.\/+)+/u, ''));
  if (new Set(paths).size < paths.length) throw reader.fault('it names a file twice');
}

class LineReader {
  readonly #lines: readonly string[];
  #next = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  peek(): string | undefined {
    return this.#lines[this.#next];
  }

  take(): string | undefined {
    const line = this.#lines[this.#next];
    this.#next += 1;
    return line;
  }

  fault(what: string): PortcullisError {
    const line = String(Math.min(this.#next, this.#lines.length));
    return new PortcullisError(
      'files.patch_invalid',
      `The patch is wrong at line ${line}: ${what}.`,
      {
        hint: 'Write it as *** Begin Patch, *** Update File: <path>, hunks, *** End Patch.',
      },
    );
  }
}
