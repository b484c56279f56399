/**
 * Why a plugin of others is not installed or not loaded.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** A package that is no plugin, or not one that may be installed. */
export function noPlugin(what: string, hint: string): PortcullisError {
  return new PortcullisError(
    'plugin.manifest',
    `This is no plugin that can be installed: ${what}.`,
    {
      hint,
    },
  );
}

/** An archive that is not what "npm pack" makes. */
export function badArchive(what: string): PortcullisError {
  return new PortcullisError('plugin.archive', `The archive was refused: ${what}.`, {
    hint: 'Nothing of it was unpacked. Have its author make it with "npm pack".',
  });
}

/** Files that others could change, or that lead elsewhere. */
export function unsafeFiles(what: string, hint: string): PortcullisError {
  return new PortcullisError(
    'plugin.unsafe_files',
    `The files of the plugin are not safe: ${what}.`,
    {
      hint,
    },
  );
}

/** A package that would run something while it is installed. */
export function needsScripts(name: string): PortcullisError {
  return new PortcullisError(
    'plugin.scripts',
    `${name} wants to run a script when it is installed, and nothing is run here.`,
    { hint: 'Ask its author for a package that works as it is unpacked.' },
  );
}
