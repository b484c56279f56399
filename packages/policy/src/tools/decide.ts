/**
 * Whether a tool may be called, and which tools there are.
 *
 * A tool must pass every layer. Denies of all layers are looked at before anything counts as not
 * included, so that the answer names the strongest reason.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { type Section, rootSection, within } from '../config/shape.ts';
import { InvalidSetting, asFlag } from '../setting.ts';
import { total } from '../verdict.ts';
import {
  type Conversation,
  conversationTools,
  dependsOnSender,
  findConversation,
  senderTools,
} from './conversation-tools.ts';
import { LayerSet, commandsMayRun } from './layer-set.ts';
import { type Layer, listLayer, readLists } from './layer.ts';
import { CORE_TOOLS, OWNER_TOOLS, canonicalTool } from './names.ts';
import { profileLayer, providerProfileLayer } from './profile-layer.ts';
import { type ToolCode, verdict } from './reasons.ts';
import {
  type ToolFacts,
  type ToolScope,
  providerSection,
  readToolFacts,
  readToolScope,
} from './scope.ts';
import { sandboxLayer, subagentLayers } from './session-layer.ts';
import { switchedOff } from './switches.ts';

/** Decides one call: its tool, and for some tools what exactly it asks of them. */
export function decideTool(config: CompiledConfig, input: unknown): Decision {
  const facts = readToolFacts(input);
  const { tool } = facts;
  if (typeof tool !== 'string') throw new InvalidSetting('input.tool');
  return new ToolPolicy(config, facts).decide(canonicalTool(tool), facts);
}

/** The decision about every tool there is, by name, each without further facts about the call. */
export function decideTools(config: CompiledConfig, input: unknown): ReadonlyMap<string, Decision> {
  const decisions = new Map<string, Decision>();
  const read = total(() => {
    const policy = new ToolPolicy(config, readToolFacts(input));
    for (const name of policy.names()) {
      decisions.set(
        name,
        total(() => policy.decide(name, {})),
      );
    }
    return verdict.allow('tool.list', 'tools');
  });
  if (read.effect !== 'allow') for (const name of CORE_TOOLS) decisions.set(name, read);
  return decisions;
}

/** The names of all tools that pass, sorted, as `value`; their constraints together. */
export function listTools(config: CompiledConfig, input: unknown): Decision {
  const policy = new ToolPolicy(config, readToolFacts(input));
  const names: string[] = [];
  const constraints: Record<string, string> = {};
  for (const name of policy.names()) {
    const decision = total(() => policy.decide(name, {}));
    if (decision.code === 'config.invalid') return decision;
    if (decision.effect !== 'allow') continue;
    names.push(name);
    Object.assign(constraints, decision.constraints);
  }
  names.sort(byCodeUnit);
  return verdict.allow('tool.list', 'tools', {
    value: names,
    ...(Object.keys(constraints).length === 0 ? {} : { constraints }),
  });
}

function byCodeUnit(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** What a call asks of its tool. */
interface CallFacts {
  readonly action?: unknown;
  readonly messageTarget?: unknown;
}

class ToolPolicy {
  private readonly scope: ToolScope;
  /** Read when a tool that exists is first decided, so that a broken list cannot hide `tool.unknown`. */
  private built: LayerSet | undefined;

  constructor(config: CompiledConfig, input: ToolFacts) {
    this.scope = readToolScope(config, input);
  }

  names(): Iterable<string> {
    return this.scope.registry.keys();
  }

  decide(name: string, call: CallFacts): Decision {
    const tool = this.scope.registry.get(name);
    if (tool === undefined) return verdict.deny('tool.unknown', 'input.tool');
    if (OWNER_TOOLS.has(name) && !this.scope.isOwner) {
      return verdict.deny('tool.owner_only', 'commands.ownerAllowFrom');
    }
    this.built ??= layersOf(this.scope);
    const { refusal, constraint, allowed } = this.built.answer(tool);
    const { global, agent } = this.scope.tools;
    return (
      refusal ??
      switchedOff(name, [global, agent]) ??
      this.special(name, call, constraint) ??
      allowed
    );
  }

  /** What single tools ask of a call beyond being listed. */
  private special(
    name: string,
    call: CallFacts,
    constraint: string | undefined,
  ): Decision | undefined {
    if (name === 'browser') return this.browser(constraint, call.action);
    const elsewhere = call.messageTarget !== undefined && call.messageTarget !== 'current';
    return name === 'message' && constraint !== undefined && elsewhere
      ? verdict.deny('tool.message.reply_only', 'tools.profile')
      : undefined;
  }

  private browser(constraint: string | undefined, action: unknown): Decision | undefined {
    if (action === undefined || READ_ONLY_ACTIONS.has(action)) return undefined;
    if (constraint !== undefined) return verdict.deny('tool.browser.readonly', 'tools.profile');
    const allowNonOwner = within(rootSection(this.scope.config), 'browser', 'allowNonOwner');
    return this.scope.isOwner || asFlag(allowNonOwner) === true
      ? undefined
      : verdict.deny('tool.owner_only', allowNonOwner.path);
  }
}

/** The layers for `scope`. Those that only agent and room decide are kept with the agent. */
function layersOf(scope: ToolScope): LayerSet {
  const conversation = findConversation(scope);
  const { room } = conversation;
  if (room === undefined || !isPlain(scope)) return buildLayers(scope, conversation);
  const { ofRooms } = scope.tools;
  const known = ofRooms.get(room);
  if (known !== undefined) return known;
  const layers = buildLayers(scope, conversation);
  return dependsOnSender(scope, conversation) ? layers : ofRooms.keep(room, layers);
}

/** Whether no fact of the call but agent, conversation and sender decides which layers there are. */
function isPlain({ input, tools }: ToolScope): boolean {
  const { provider, sandboxed, subagent } = input;
  return (
    (provider === undefined || !tools.usesProviders()) &&
    (sandboxed === undefined || sandboxed === false) &&
    subagent === undefined
  );
}

function buildLayers(scope: ToolScope, conversation: Conversation): LayerSet {
  const { global, agent } = scope.tools;
  const providerProfile = providerProfileLayer(scope);
  const profile = profileLayer(scope);
  const profiles = providerProfile === undefined ? [profile] : [profile, providerProfile];
  return new LayerSet(profiles, configuredLayers(scope, conversation), () =>
    commandsMayRun([agent, global]),
  );
}

/** Actions that only look. Whatever is not here operates the page. */
const READ_ONLY_ACTIONS: ReadonlySet<unknown> = new Set([
  'status',
  'start',
  'stop',
  'profiles',
  'tabs',
  'open',
  'navigate',
  'snapshot',
  'screenshot',
  'console',
  'focus',
  'close',
  'pdf',
]);

/** All layers below the profiles, wide to narrow. */
function configuredLayers(scope: ToolScope, conversation: Conversation): readonly Layer[] {
  const { input, tools } = scope;
  const { global, agent } = tools;
  const lists = (section: Section | undefined, denyCode: ToolCode, missCode: ToolCode) =>
    section === undefined ? [] : [listLayer(readLists(scope.config, section), denyCode, missCode)];
  const sandbox = sandboxLayer(scope);
  return [
    ...lists(global, 'tool.deny.global', 'tool.allow.global_miss'),
    ...lists(providerSection(global, input), 'tool.deny.provider', 'tool.allow.provider_miss'),
    ...lists(agent, 'tool.deny.agent', 'tool.allow.agent_miss'),
    ...lists(
      providerSection(agent, input),
      'tool.deny.agent_provider',
      'tool.allow.agent_provider_miss',
    ),
    ...lists(conversationTools(scope, conversation), 'tool.deny.room', 'tool.allow.room_miss'),
    ...lists(senderTools(scope), 'tool.deny.sender', 'tool.allow.sender_miss'),
    ...(sandbox === undefined ? [] : [sandbox]),
    ...subagentLayers(scope),
  ];
}
