/**
 * The layers that profiles make, and the constraints they put on tools.
 *
 * @module
 */
import { type Section, byDefault, within } from '../config/shape.ts';
import { asChoice } from '../setting.ts';
import { type Layer, type ToolLists, readLists } from './layer.ts';
import { PROFILES, type ProfileName, profiles } from './profiles.ts';
import type { ToolCode } from './reasons.ts';
import { type ToolScope, providerSection } from './scope.ts';
import { type ToolList, admits } from './tool-list.ts';

/** A profile in force. */
export interface ProfileLayer extends Layer {
  /** The constraint on `tool`, unless an entry of its own lifts it. */
  constraintOn(tool: string): string | undefined;
}

/** The profile of the agent, else the global one, with what their `alsoAllow` adds. */
export function profileLayer(scope: ToolScope): ProfileLayer {
  const agent = listsOf(scope, scope.tools.agent);
  const global = listsOf(scope, scope.tools.global);
  const ofAgent = readProfile(scope.tools.agent);
  const name = ofAgent ?? readProfile(scope.tools.global) ?? unsetProfile(agent, global);
  const path =
    ofAgent !== undefined && scope.tools.agent !== undefined
      ? `${scope.tools.agent.path}.profile`
      : byDefaultUnless(scope.tools.global, 'tools.profile');
  // A profile of the agent's own replaces the global one together with what was added to it.
  const lists = ofAgent === undefined ? [agent, global] : [agent];
  return layerOf(name, path, lists, 'tool.profile.not_included');
}

/** The profile for the model in use, or undefined when none is set. */
export function providerProfileLayer(scope: ToolScope): ProfileLayer | undefined {
  const ofAgent = providerSection(scope.tools.agent, scope.input);
  const ofGlobal = providerSection(scope.tools.global, scope.input);
  for (const section of [ofAgent, ofGlobal]) {
    const name = readProfile(section);
    if (name === undefined || section === undefined) continue;
    const narrower = section === ofGlobal && ofAgent !== undefined ? [ofAgent] : [];
    const lists = [...narrower, section].map((each) => readLists(scope.config, each));
    const path = `${section.path}.profile`;
    return layerOf(name, path, lists, 'tool.provider_profile.not_included');
  }
  return undefined;
}

function listsOf(scope: ToolScope, section: Section | undefined): ToolLists | undefined {
  return section === undefined ? undefined : readLists(scope.config, section);
}

function readProfile(section: Section | undefined): ProfileName | undefined {
  return section === undefined ? undefined : asChoice(within(section, 'profile'), PROFILES);
}

/** Without a profile an allow list that names something is the list; else messaging only. */
function unsetProfile(agent: ToolLists | undefined, global: ToolLists | undefined): ProfileName {
  const lists = [agent?.allow, global?.allow];
  return lists.some((list) => list !== undefined && list.length > 0) ? 'full' : 'messaging';
}

function byDefaultUnless(section: Section | undefined, path: string): string {
  return section !== undefined && within(section, 'profile').value !== undefined
    ? path
    : byDefault(path);
}

function layerOf(
  name: ProfileName,
  path: string,
  lists: readonly (ToolLists | undefined)[],
  missCode: ToolCode,
): ProfileLayer {
  const profile = profiles[name];
  const added = lists.flatMap((each) => present(each?.alsoAllow));
  const lifting = lists.flatMap((each) => [...present(each?.alsoAllow), ...present(each?.allow)]);
  return {
    path,
    denies: () => false,
    missCode,
    includes: (tool) => profile.includes(tool) || added.some((list) => admits(list, tool)),
    constraintOn: (tool) =>
      Object.hasOwn(profile.constraints, tool) && !lifting.some((list) => list.named.has(tool))
        ? profile.constraints[tool]
        : undefined,
  };
}

function present(list: ToolList | undefined): readonly ToolList[] {
  return list === undefined ? [] : [list];
}
