/**
 * Tools that have a switch of their own: `enabled: false` where their settings are.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type Section, within } from '../config/shape.ts';
import { asFlag } from '../setting.ts';
import { verdict } from './reasons.ts';

/** Where the switch of a tool is, below `tools`. */
const SWITCHES: ReadonlyMap<string, readonly string[]> = new Map([
  ['web_fetch', ['web', 'fetch', 'enabled']],
  ['web_search', ['web', 'search', 'enabled']],
  ['apply_patch', ['exec', 'applyPatch', 'enabled']],
]);

/** The refusal of a tool that is switched off for everybody, or for its agent. */
export function switchedOff(
  name: string,
  sections: readonly (Section | undefined)[],
): Decision | undefined {
  const keys = SWITCHES.get(name);
  if (keys === undefined) return undefined;
  for (const section of sections) {
    if (section === undefined) continue;
    const enabled = within(section, ...keys);
    // An agent that switches on what is off for everybody changes nothing.
    if (asFlag(enabled) === false) return verdict.deny('tool.switched_off', enabled.path);
  }
  return undefined;
}
