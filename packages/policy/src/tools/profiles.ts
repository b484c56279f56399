/**
 * Tool profiles: named starting points that the other layers narrow.
 *
 * @module
 */
import { CORE_TOOLS, type NamedTool, groupMembers } from './names.ts';

/** The names a `profile` setting may have. */
export const PROFILES = ['minimal', 'messaging', 'coding', 'standard', 'full'] as const;

/** A profile name. */
export type ProfileName = (typeof PROFILES)[number];

/** A profile: which tools, and how they are narrowed. */
export interface Profile {
  includes(tool: NamedTool): boolean;
  /** Tool to constraint: `{ browser: 'readonly' }`. */
  readonly constraints: Readonly<Record<string, string>>;
}

function group(name: string): readonly string[] {
  return [...(groupMembers(name, false) ?? [])];
}

const MESSAGING: readonly string[] = [
  'message',
  ...group('group:sessions'),
  'ask_user',
  'web_fetch',
  'web_search',
  'browser',
];

const CODING: readonly string[] = [
  ...group('group:fs'),
  ...group('group:runtime'),
  ...group('group:web'),
  ...group('group:sessions'),
  ...group('group:memory'),
  'cron',
  'ask_user',
  'progress_card',
  'skill_workshop',
  'view_image',
  'image_generate',
];

function listed(
  tools: readonly string[],
  constraints: Readonly<Record<string, string>> = {},
): Profile {
  const names = new Set(tools.filter((tool) => CORE_TOOLS.has(tool)));
  return { includes: ({ name }) => names.has(name), constraints };
}

/** What each profile offers. `full` is every tool there is. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  minimal: listed(['session_status', 'message'], { message: 'reply-only' }),
  messaging: listed(MESSAGING, { browser: 'readonly' }),
  coding: listed(CODING),
  standard: listed([...CODING, ...MESSAGING]),
  full: { includes: () => true, constraints: {} },
};
