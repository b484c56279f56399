/**
 * What a policy plugin may do: tighten.
 *
 * The gateway's own decisions come from `@portcullis/policy`. A plugin is asked after it and the
 * more severe answer wins (deny, then ask, pair, ignore, allow), so that a plugin can close a door
 * and never open one. A plugin that throws has denied.
 *
 * @module
 */
import type { Decision } from './decision.ts';
import type { Event } from './event.ts';
import type { Principal } from './principal.ts';

/** What a policy plugin is asked. */
export type PolicyQuestion =
  | { readonly about: 'admit'; readonly event: Event }
  | {
      readonly about: 'tool';
      readonly tool: string;
      readonly input: unknown;
      readonly requester: Principal;
      readonly sessionKey: string;
    };

/** A rule on top of the gateway's own. */
export interface Policy {
  readonly id: string;
  /** The plugin's answer, or undefined when it has no opinion. Pure: no clock, no I/O. */
  decide(question: PolicyQuestion, soFar: Decision): Decision | undefined;
}
