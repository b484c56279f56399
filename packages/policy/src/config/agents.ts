/**
 * The configured agents, and which of them is meant when nothing names one.
 *
 * @module
 */
import type { CompiledConfig } from './compile.ts';
import {
  type Section,
  byDefault,
  entryByKey,
  normaliseIdKey,
  readId,
  rootSection,
  subsection,
  within,
} from './shape.ts';
import { InvalidSetting, asFlag } from '../setting.ts';

/** An agent id and the config path that chose it. */
export interface ChosenAgent {
  readonly id: string;
  readonly path: string;
}

const ONLY_AGENT = 'main';

/** `agents.entries`, undefined when there are none. */
function agentEntries(config: CompiledConfig): Section | undefined {
  const entries = subsection(rootSection(config), 'agents', 'entries');
  return entries?.value === undefined || Object.keys(entries.value).length === 0
    ? undefined
    : entries;
}

/**
 * The agent marked `default: true`, else the only one, else `main` where none is configured.
 * Undefined when several are configured and none is marked; two marks cannot be read.
 */
export function defaultAgent(config: CompiledConfig): ChosenAgent | undefined {
  const entries = agentEntries(config);
  if (entries?.value === undefined) return { id: ONLY_AGENT, path: byDefault('agents.entries') };
  const keys = Object.keys(entries.value);
  const marked = keys.filter((key) => asFlag(within(entries, key, 'default')) === true);
  if (marked.length > 1) throw new InvalidSetting(`${entries.path}.${marked[1] ?? ''}.default`);
  const key = marked[0] ?? (keys.length === 1 ? keys[0] : undefined);
  if (key === undefined) return undefined;
  const path = `${entries.path}.${key}`;
  return { id: readId({ value: key, path }), path };
}

/** Whether `id` names a configured agent; without any configured, only `main` exists. */
export function isKnownAgent(config: CompiledConfig, id: string): boolean {
  const entries = agentEntries(config);
  return entries === undefined ? id === ONLY_AGENT : agentSection(config, id) !== undefined;
}

/** The entry of agent `id`. */
export function agentSection(config: CompiledConfig, id: string): Section | undefined {
  const entries = agentEntries(config);
  return entries === undefined ? undefined : entryByKey(config, entries, id, normaliseIdKey, 'id');
}
