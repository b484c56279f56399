/**
 * Renames that happen all or not at all.
 *
 * @module
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

import { PortcullisError } from '@portcullis/core';

/** From where to where; both absolute, on one file system. */
export type Move = readonly [from: string, to: string];

/**
 * Does the moves in order. When one fails, those before it are taken back.
 *
 * @throws PortcullisError `state.not_moved`, naming what could not be moved.
 */
export function moveAll(moves: readonly Move[]): void {
  const done: Move[] = [];
  for (const [from, to] of moves) {
    try {
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
      // A rename would replace an empty folder, and a file.
      if (existsSync(to)) throw taken(to);
      renameSync(from, to);
      done.push([from, to]);
    } catch (error) {
      const left = takeBack(done);
      throw notPlaced(from, to, left, error);
    }
  }
}

function takeBack(done: readonly Move[]): readonly Move[] {
  return done.toReversed().filter(([from, to]) => {
    try {
      renameSync(to, from);
      return false;
    } catch {
      return true;
    }
  });
}

function taken(path: string): PortcullisError {
  return new PortcullisError('state.not_moved', `${path} is there already.`);
}

function notPlaced(
  from: string,
  to: string,
  left: readonly Move[],
  cause: unknown,
): PortcullisError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  const state =
    left.length === 0
      ? 'Everything is where it was.'
      : `Not moved back: ${left.map(([was, is]) => `${is} (was ${was})`).join(', ')}.`;
  return new PortcullisError(
    'state.not_moved',
    `${from} could not become ${to}: ${code}. ${state}`,
    {
      hint: 'A folder that is mounted cannot be renamed, and nothing is moved from one disk to another.',
      cause,
    },
  );
}
