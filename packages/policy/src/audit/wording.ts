/**
 * The words of every check, by id.
 *
 * @module
 */
import { channelsWordings } from './wording/channels.ts';
import { codeWordings } from './wording/code.ts';
import { deepWordings } from './wording/deep.ts';
import { exposureWordings } from './wording/exposure.ts';
import { filesWordings } from './wording/files.ts';
import { gatewayWordings } from './wording/gateway.ts';
import { hooksWordings } from './wording/hooks.ts';
import { networkWordings } from './wording/network.ts';
import { sandboxWordings } from './wording/sandbox.ts';
import { toolsWordings } from './wording/tools.ts';
import type { Wording } from './wording/row.ts';

export type { Wording } from './wording/row.ts';

const WORDINGS: Readonly<Record<string, Wording>> = {
  ...gatewayWordings,
  ...networkWordings,
  ...hooksWordings,
  ...exposureWordings,
  ...channelsWordings,
  ...toolsWordings,
  ...sandboxWordings,
  ...filesWordings,
  ...codeWordings,
  ...deepWordings,
};

/** Ids of every check, as they are worded; `<c>` and `<p>` stand for the name of a channel. */
export const CHECK_IDS: readonly string[] = Object.keys(WORDINGS);

const NO_WORDS: Wording = { title: 'Something was found', harm: '', remedy: '' };

/** The words of a check. A check of somebody else brings its own, and has none here. */
export function wordingOf(check: string): Wording {
  return Object.hasOwn(WORDINGS, check) ? (WORDINGS[check] ?? NO_WORDS) : NO_WORDS;
}
