/**
 * Every command of the table in every situation, judged by what all of them promise.
 *
 * @module
 */
import { PassThrough } from 'node:stream';

import { expect, onTestFinished } from 'vitest';

import { COMMANDS, type CommandSpec, type Doors } from '../../src/index.ts';
import { parseCall } from '../../src/parse/parse-argv.ts';
import { JSON_LINES_OPTION } from '../../src/table/option.ts';
import { call, type Called, type CallOptions, Home } from '../call.ts';

/** Longer than any command takes that waits for nobody. */
const PATIENCE_MS = 12_000;

/** The commands by name, for `test.each`. */
export const EVERY: readonly (readonly [string, CommandSpec])[] = COMMANDS.map((spec) => [
  spec.name,
  spec,
]);

/** The calls a command's examples make, without the program. */
export function exampleCalls(spec: CommandSpec): readonly (readonly string[])[] {
  return spec.examples.map(({ command }) => command.split(' ').slice(1));
}

/** Whether `--json` prints documents as they come, one a line. */
export function isStream(spec: CommandSpec): boolean {
  return spec.options?.includes(JSON_LINES_OPTION) === true;
}

/** Whether a command prints for programs at all. */
export function speaksJson(spec: CommandSpec): boolean {
  return spec.options?.some(({ name }) => name === 'json') === true;
}

/** Nobody is there: no browser to open, nothing on standard input, and no answer ever. */
const NOBODY: Partial<Doors> = {
  openFile: async () => false,
  readInput: async () => '',
};

/** Whether a call runs until it is stopped. */
function lasts(argv: readonly string[]): boolean {
  const { found } = parseCall(argv, COMMANDS);
  return found.kind === 'command' && found.spec.outlivesOutput === true;
}

/**
 * Calls a command with nobody at the terminal. One that runs until it is stopped is stopped when it
 * says something. Fails where it waits for somebody.
 */
export async function callAlone(
  argv: readonly string[],
  { home = new Home(), env, doors, ...options }: CallOptions = {},
): Promise<Called> {
  const controller = new AbortController();
  const stop = (): void => controller.abort('SIGTERM');
  const stdin = new PassThrough();
  onTestFinished(() => void stdin.destroy());
  const called = call(argv, {
    home,
    stdin,
    signal: controller.signal,
    ...(lasts(argv) && { onWrite: stop }),
    // No program of this machine is found, so none is started by a test of words.
    env: { PATH: home.path, ...env },
    doors: { ...NOBODY, ...doors },
    ...options,
  });
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), PATIENCE_MS);
  const first = await Promise.race([called, late.promise]);
  clearTimeout(timer);
  if (first !== 'late') return first;
  stop();
  throw new Error(`openclaw ${argv.join(' ')} does not end by itself`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function documentsOf(stdout: string, stream: boolean): readonly unknown[] {
  if (!stream) return [JSON.parse(stdout)];
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

/** What holds for every answer, whoever reads it. */
export function judgeText({ code, stdout, stderr }: Called, argv: readonly string[]): void {
  const said = `${stdout}${stderr}`;
  const asked = `openclaw ${argv.join(' ')}`;
  expect([0, 1, 2], `${asked}: exit code`).toContain(code);
  expect(said, `${asked}: escape codes without a terminal`).not.toContain('\u001B');
  expect(said, `${asked}: a stack trace`).not.toMatch(/^\s+at .+:\d+:\d+/m);
  expect(said, `${asked}: a fault of the program`).not.toContain('internal.fault');
  if (code !== 0) expect(said, `${asked}: says nothing about why`).not.toBe('');
}

/** What holds for every answer to a program. */
export function judgeJson(spec: CommandSpec, called: Called, argv: readonly string[]): void {
  judgeText(called, argv);
  const asked = `openclaw ${argv.join(' ')}`;
  let documents: readonly unknown[] = [];
  expect(
    () => {
      documents = documentsOf(called.stdout, isStream(spec));
    },
    `${asked}: not one JSON document on stdout: ${called.stdout.slice(0, 200)}`,
  ).not.toThrow();
  const last = documents.at(-1);
  if (called.code === 0) {
    expect(isRecord(last) && last['ok'] === false, `${asked}: ends with 0 and says no`).toBe(false);
    return;
  }
  expect(isRecord(last), `${asked}: no document`).toBe(true);
  if (!isRecord(last) || last['error'] === undefined) return;
  expect(last, `${asked}: not the shape of an error`).toMatchObject({
    ok: false,
    error: { code: expect.stringMatching(/^[a-z0-9_.]+$/), message: expect.stringMatching(/\S/) },
  });
}
