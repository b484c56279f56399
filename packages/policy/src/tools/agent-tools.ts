/**
 * What the config says about the tools of one agent, read once.
 *
 * @module
 */
import { type CompiledConfig, defineKeeping, kept } from '../config/compile.ts';
import { Recent, lazily, Memo } from '../config/memo.ts';
import { type Section, readId, rootSection, subsection, within } from '../config/shape.ts';
import type { RoomGate } from '../ingress/room.ts';
import { agentSection } from '../config/agents.ts';
import type { LayerSet } from './layer-set.ts';

/** What each agent may use, by agent id as given. */
const byAgent = defineKeeping(() => new Recent<string, AgentTools>());
const bySection = defineKeeping(() => new Memo<SectionTools>());

/** The sections that speak about an agent's tools, and the layers they came to so far. */
export interface AgentTools {
  /** `tools`. */
  readonly global: Section | undefined;
  /** `agents.entries.<id>.tools`. */
  readonly agent: Section | undefined;
  /** Whether the model in use makes a difference. */
  readonly usesProviders: () => boolean;
  /** The layers of sessions in rooms where nothing else makes a difference. */
  readonly ofRooms: Recent<RoomGate, LayerSet>;
}

/** The tools of the agent named by an input. An id that cannot be one cannot be read. */
export function agentTools(config: CompiledConfig, agentId: unknown): AgentTools {
  const known = typeof agentId === 'string' ? kept(config, byAgent).get(agentId) : undefined;
  if (known !== undefined) return known;
  const id = readId({ value: agentId, path: 'input.agentId' });
  const entry = agentSection(config, id);
  const global = subsection(rootSection(config), 'tools');
  const agent = entry === undefined ? undefined : subsection(entry, 'tools');
  const tools = {
    global,
    agent,
    usesProviders: lazily(() => [global, agent].some(hasProviders)),
    ofRooms: new Recent<RoomGate, LayerSet>(),
  };
  return typeof agentId === 'string' ? kept(config, byAgent).keep(agentId, tools) : tools;
}

function hasProviders(section: Section | undefined): boolean {
  return section !== undefined && within(section, 'byProvider').value !== undefined;
}

/** What one section says about tools: by sender, or for everybody. */
export interface SectionTools {
  readonly bySender: () => Section | undefined;
  readonly forAll: () => Section | undefined;
}

/** The `toolsBySender` and `tools` of `section`. */
export function sectionTools(config: CompiledConfig, section: Section): SectionTools {
  const { value, path } = section;
  const read = () => ({
    bySender: lazily(() => subsection(section, 'toolsBySender')),
    forAll: lazily(() => subsection(section, 'tools')),
  });
  return value === undefined ? read() : kept(config, bySection).get(value, path, read);
}
