/**
 * What a tool decision is about: the tools there are, who asks, and where.
 *
 * @module
 */
import type { CompiledConfig } from '../config/compile.ts';
import { type Section, subsection } from '../config/shape.ts';
import { InvalidSetting, type JsonObject, ifOwn, isObject } from '../setting.ts';
import { inputText } from '../ingress/speaker.ts';
import { type AgentTools, agentTools } from './agent-tools.ts';
import { type RegisteredTool, type ToolRegistry, toolRegistry } from './names.ts';

/** Whose tools, in which conversation, for which model. */
export interface ToolScopeInput {
  readonly agentId: string;
  /** Default false. */
  readonly requesterIsOwner?: boolean;
  readonly channel?: string;
  readonly accountId?: string;
  readonly kind?: 'direct' | 'group' | 'channel' | 'groupdm';
  readonly peerId?: string;
  readonly parentId?: string;
  readonly guildId?: string;
  readonly sender?: {
    readonly id?: string | number;
    readonly e164?: string;
    readonly username?: string;
    readonly name?: string;
  };
  readonly provider?: string;
  readonly model?: string;
  readonly sandboxed?: boolean;
  readonly subagent?: {
    /** 1 for a sub-agent of a main session. */
    readonly depth: number;
    /** The parent's own tools when it spawned this one. */
    readonly parentTools: readonly string[];
  };
  readonly registered?: readonly RegisteredTool[];
}

/** One call of one tool. */
export interface ToolInput extends ToolScopeInput {
  readonly tool: string;
  /** Of the browser; undefined skips the check of actions. */
  readonly action?: string;
  /** Of a message; undefined is the current conversation. */
  readonly messageTarget?: 'current' | 'other';
}

/** The fields of an input that layers are made from, as they are. */
export type ToolFacts = Readonly<Record<keyof ToolScopeInput, unknown>>;

/** The config sections and facts that layers are made from. */
export interface ToolScope {
  readonly config: CompiledConfig;
  readonly input: ToolFacts;
  readonly isOwner: boolean;
  readonly registry: ToolRegistry;
  readonly tools: AgentTools;
}

/** Reads who asks and the sections that speak about him. */
export function readToolScope(config: CompiledConfig, input: unknown): ToolScope {
  if (!isObject(input)) throw new InvalidSetting('input');
  const facts = readFacts(input);
  return {
    config,
    input: facts,
    isOwner: facts.requesterIsOwner === true,
    tools: agentTools(config, facts.agentId),
    registry: toolRegistry(facts.registered),
  };
}

function readFacts(input: JsonObject): ToolFacts {
  return {
    agentId: ifOwn(input, 'agentId', input['agentId']),
    requesterIsOwner: ifOwn(input, 'requesterIsOwner', input['requesterIsOwner']),
    channel: ifOwn(input, 'channel', input['channel']),
    accountId: ifOwn(input, 'accountId', input['accountId']),
    kind: ifOwn(input, 'kind', input['kind']),
    peerId: ifOwn(input, 'peerId', input['peerId']),
    parentId: ifOwn(input, 'parentId', input['parentId']),
    guildId: ifOwn(input, 'guildId', input['guildId']),
    sender: ifOwn(input, 'sender', input['sender']),
    provider: ifOwn(input, 'provider', input['provider']),
    model: ifOwn(input, 'model', input['model']),
    sandboxed: ifOwn(input, 'sandboxed', input['sandboxed']),
    subagent: ifOwn(input, 'subagent', input['subagent']),
    registered: ifOwn(input, 'registered', input['registered']),
  };
}

/** The provider entry of `section` for the model in use: `provider/model`, else `provider`. */
export function providerSection(
  section: Section | undefined,
  input: ToolFacts,
): Section | undefined {
  if (section === undefined) return undefined;
  const provider = inputText(input.provider);
  if (provider === undefined) return undefined;
  const byProvider = subsection(section, 'byProvider');
  if (byProvider === undefined) return undefined;
  const model = inputText(input.model);
  const exact = model === undefined ? undefined : subsection(byProvider, `${provider}/${model}`);
  return exact ?? subsection(byProvider, provider);
}
