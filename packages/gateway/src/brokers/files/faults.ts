/**
 * What can go wrong with a file, in words that name no path outside the workspace.
 *
 * @module
 */
import { type Decision, PortcullisError } from '@portcullis/core';

import { errnoCode } from '../../config/text-file.ts';

/** A refusal by policy, as an error. */
export function refusedFile(decision: Decision): PortcullisError {
  return new PortcullisError(decision.code, decision.reason, {
    details: { path: decision.path, effect: decision.effect },
  });
}

/** The path changed its meaning between the question and the act. */
export function swapped(): PortcullisError {
  return new PortcullisError('fs.toctou', 'What was opened is not what was checked.', {
    hint: 'Something else is changing the files; try again.',
    retryable: true,
  });
}

export function notFound(): PortcullisError {
  return new PortcullisError('files.not_found', 'There is no such file or directory.', {
    hint: 'List the directory to see what there is.',
  });
}

export function notAFile(): PortcullisError {
  return new PortcullisError('files.not_a_file', 'The path names a directory.', {
    hint: 'Name a file in it.',
  });
}

export function notADirectory(): PortcullisError {
  return new PortcullisError('files.not_a_directory', 'A part of the path is no directory.', {
    hint: 'List the directory above to see what there is.',
  });
}

export function changed(): PortcullisError {
  return new PortcullisError('files.changed', 'The file is not the one that was expected.', {
    hint: 'Read it again, then repeat the change.',
  });
}

export function tooLarge(bytes: number): PortcullisError {
  return new PortcullisError('files.too_large', `The file is larger than ${String(bytes)} bytes.`, {
    hint: 'Ask for a part of it.',
  });
}

export function tooMany(files: number): PortcullisError {
  return new PortcullisError('files.range', `More than ${String(files)} files at once.`, {
    hint: 'Read them in several goes.',
  });
}

const FAULTS: Readonly<Record<string, () => PortcullisError>> = {
  ENOENT: notFound,
  EISDIR: notAFile,
  ENOTDIR: notADirectory,
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  ENOSPC: full,
  EDQUOT: full,
};

function denied(): PortcullisError {
  return new PortcullisError('files.denied', 'The system does not permit it.', {
    hint: 'Give the user the gateway runs as the right to the file.',
  });
}

function full(): PortcullisError {
  return new PortcullisError('files.full', 'There is no space left for the file.', {
    hint: 'Free some space, then repeat.',
  });
}

/** True for a failed system call, which `systemFault` can put in our words. */
export function isSystemFault(error: unknown): boolean {
  return !PortcullisError.is(error) && errnoCode(error) !== '';
}

/** A failed system call as one of our errors. */
export function systemFault(error: unknown): PortcullisError {
  const code = errnoCode(error);
  const fault = Object.hasOwn(FAULTS, code) ? FAULTS[code] : undefined;
  return (
    fault?.() ??
    new PortcullisError('files.failed', `The system answered ${code}.`, {
      hint: 'Try again; if it stays, look after the disk.',
    })
  );
}
