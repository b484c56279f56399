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
import { InvalidSetting, asChoice, asFlag, own } from '../setting.ts';
import { total } from '../verdict.ts';
import { roomLayer, senderLayer } from './conversation-layer.ts';
import { type Layer, listLayer, readLists } from './layer.ts';
import { CORE_TOOLS, type NamedTool, OWNER_TOOLS, canonicalTool } from './names.ts';
import { type ProfileLayer, profileLayer, providerProfileLayer } from './profile-layer.ts';
import { type ToolCode, verdict } from './reasons.ts';
import { type ToolScope, providerSection, readToolScope } from './scope.ts';
import { sandboxLayer, subagentLayers } from './session-layer.ts';

/** Decides one call: its tool, and for some tools what exactly it asks of them. */
export function decideTool(config: CompiledConfig, input: unknown): Decision {
  const name = own(input, 'tool');
  if (typeof name !== 'string') throw new InvalidSetting('input.tool');
  return new ToolPolicy(config, input).decide(canonicalTool(name), {
    action: own(input, 'action'),
    messageTarget: own(input, 'messageTarget'),
  });
}

/** The decision about every tool there is, by name, each without further facts about the call. */
export function decideTools(config: CompiledConfig, input: unknown): ReadonlyMap<string, Decision> {
  const decisions = new Map<string, Decision>();
  const read = total(() => {
    const policy = new ToolPolicy(config, input);
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
  const policy = new ToolPolicy(config, input);
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
  private built: BuiltLayers | undefined;

  constructor(config: CompiledConfig, input: unknown) {
    this.scope = readToolScope(config, input);
  }

  private get layers(): BuiltLayers {
    this.built ??= buildLayers(this.scope);
    return this.built;
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
    return this.refusal(tool) ?? this.special(tool, call) ?? this.allowed(tool);
  }

  private refusal(tool: NamedTool): Decision | undefined {
    const { all } = this.layers;
    for (const layer of all) {
      if (layer.denyCode !== undefined && layer.denies(tool)) {
        return verdict.deny(layer.denyCode, `${layer.path}.deny`);
      }
    }
    for (const layer of all) {
      if (!layer.includes(tool)) return verdict.deny(layer.missCode, layer.path);
    }
    return undefined;
  }

  /** What single tools ask for beyond being listed. */
  private special({ name }: NamedTool, call: CallFacts): Decision | undefined {
    if ((name === 'exec' || name === 'process') && !commandsMayRun(this.scope)) {
      return verdict.deny('tool.exec.security_deny', 'tools.exec.security');
    }
    const constraint = this.constraintOn(name);
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

  private allowed({ name }: NamedTool): Decision {
    const constraint = this.constraintOn(name);
    return constraint === undefined
      ? verdict.allow('tool.allowed', 'tools')
      : verdict.allow('tool.allowed', 'tools', { constraints: { [name]: constraint } });
  }

  private constraintOn(name: string): string | undefined {
    for (const profile of this.layers.profiles) {
      const constraint = profile.constraintOn(name);
      if (constraint !== undefined) return constraint;
    }
    return undefined;
  }
}

interface BuiltLayers {
  readonly profiles: readonly ProfileLayer[];
  /** The profiles and everything below them, wide to narrow. */
  readonly all: readonly Layer[];
}

function buildLayers(scope: ToolScope): BuiltLayers {
  const providerProfile = providerProfileLayer(scope);
  const profile = profileLayer(scope);
  const profiles = providerProfile === undefined ? [profile] : [profile, providerProfile];
  return { profiles, all: [...profiles, ...configuredLayers(scope)] };
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
function configuredLayers(scope: ToolScope): readonly Layer[] {
  const { global, agent, input } = scope;
  const lists = (section: Section | undefined, denyCode: ToolCode, missCode: ToolCode) =>
    section === undefined ? [] : [listLayer(readLists(scope.config, section), denyCode, missCode)];
  return [
    ...lists(global, 'tool.deny.global', 'tool.allow.global_miss'),
    ...lists(providerSection(global, input), 'tool.deny.provider', 'tool.allow.provider_miss'),
    ...lists(agent, 'tool.deny.agent', 'tool.allow.agent_miss'),
    ...lists(
      providerSection(agent, input),
      'tool.deny.agent_provider',
      'tool.allow.agent_provider_miss',
    ),
    ...[roomLayer(scope), senderLayer(scope), sandboxLayer(scope)].filter(
      (layer) => layer !== undefined,
    ),
    ...subagentLayers(scope),
  ];
}

const SECURITY = ['deny', 'allowlist', 'full'] as const;
const MODES = ['deny', 'allowlist', 'ask', 'auto', 'full'] as const;

/** Whether `tools.exec` lets any command run: the agent's setting, else the global one, else no. */
function commandsMayRun({ agent, global }: ToolScope): boolean {
  return securityOf(agent) ?? securityOf(global) ?? false;
}

/** Undefined when the level says nothing. `mode` and `security` together: the stricter counts. */
function securityOf(section: Section | undefined): boolean | undefined {
  if (section === undefined) return undefined;
  const security = asChoice(within(section, 'exec', 'security'), SECURITY);
  const mode = asChoice(within(section, 'exec', 'mode'), MODES);
  if (security === undefined && mode === undefined) return undefined;
  return security !== 'deny' && mode !== 'deny';
}
