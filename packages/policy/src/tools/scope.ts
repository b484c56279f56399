/**
 * What a tool decision is about: the tools there are, who asks, and where.
 *
 * @module
 */
import type { CompiledConfig } from '../config/compile.ts';
import { type Section, subsection } from '../config/shape.ts';
import { InvalidSetting, isObject, ownRecord } from '../setting.ts';
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

/** The fields of an input about tools, as they are. */
export type ToolFacts = Readonly<Partial<Record<keyof ToolInput, unknown>>>;

/** The config sections and facts that layers are made from. */
export interface ToolScope {
  readonly config: CompiledConfig;
  readonly input: ToolFacts;
  readonly isOwner: boolean;
  readonly registry: ToolRegistry;
  readonly tools: AgentTools;
}

/** The fields of `input`, whose type nothing vouches for. */
export function readToolFacts(input: unknown): ToolFacts {
  if (!isObject(input)) throw new InvalidSetting('input');
  return ownRecord(input);
}

/** Reads who asks and the sections that speak about him. */
export function readToolScope(config: CompiledConfig, input: ToolFacts): ToolScope {
  return {
    config,
    input,
    isOwner: input.requesterIsOwner === true,
    tools: agentTools(config, input.agentId),
    registry: toolRegistry(input.registered),
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
