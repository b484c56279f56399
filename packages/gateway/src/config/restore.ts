/**
 * Going back to an earlier config whose secrets were hidden. Promises: pure; a secret is the present
 * one or none, and never an old one.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { editConfig } from './document/edit.ts';
import { restoreRedactedText } from './redact.ts';

/** An earlier config with the secrets of today. */
export interface RestoredConfig {
  readonly raw: string;
  /** Paths of secrets it had and that are not there any more: they are left out. */
  readonly lost: readonly string[];
}

/**
 * Fills what an earlier config hides in from the present one, and leaves out what has no secret any
 * more.
 *
 * @throws PortcullisError `config.syntax` when one of the texts does not parse.
 */
export function restoreEarlierConfig(earlier: string, present: string): RestoredConfig {
  const lost: string[] = [];
  let raw = earlier;
  for (;;) {
    try {
      return { raw: restoreRedactedText(raw, present), lost };
    } catch (error) {
      const at = PortcullisError.is(error) ? error.details?.['path'] : undefined;
      const isMarker = PortcullisError.is(error) && error.code === 'config.redacted';
      if (!isMarker || typeof at !== 'string') throw error;
      // Every round takes one marker away.
      raw = editConfig(raw, [{ path: at }]);
      lost.push(at);
    }
  }
}
