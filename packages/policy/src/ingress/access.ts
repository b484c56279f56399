/**
 * The answer of the access gate, before commands, mentions and loops are looked at.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';

/** Whether a sender may speak in a place, and whether by an entry of his own. */
export interface Access {
  readonly decision: Decision;
  /**
   * True when an entry for exactly this sender admitted him. Being admitted by `*` or by mere
   * membership gives no right to commands.
   */
  readonly explicit: boolean;
}

/** Access that no own entry gave, or a refusal. */
export function plain(decision: Decision): Access {
  return { decision, explicit: false };
}
