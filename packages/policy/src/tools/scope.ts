/**
 * What a tool decision is about: the tools there are, who asks, and where.
 *
 * @module
 */
import type { CompiledConfig } from '../config/compile.ts';
import { type Section, readId, rootSection, subsection } from '../config/shape.ts';
import { agentSection } from '../session/agents.ts';
import { InvalidSetting, isObject, own } from '../setting.ts';
import { inputText } from '../ingress/speaker.ts';
import { type NamedTool, type RegisteredTool, toolRegistry } from './names.ts';

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

/** The config sections and facts that layers are made from. */
export interface ToolScope {
  readonly config: CompiledConfig;
  readonly input: unknown;
  readonly isOwner: boolean;
  readonly registry: ReadonlyMap<string, NamedTool>;
  /** `tools`. */
  readonly global: Section | undefined;
  /** `agents.entries.<id>.tools`. */
  readonly agent: Section | undefined;
}

/** Reads who asks and the sections that speak about him. */
export function readToolScope(config: CompiledConfig, input: unknown): ToolScope {
  if (!isObject(input)) throw new InvalidSetting('input');
  const agentId = readId({ value: own(input, 'agentId'), path: 'input.agentId' });
  const entry = agentSection(config, agentId);
  return {
    config,
    input,
    isOwner: own(input, 'requesterIsOwner') === true,
    registry: toolRegistry(own(input, 'registered')),
    global: subsection(rootSection(config), 'tools'),
    agent: entry === undefined ? undefined : subsection(entry, 'tools'),
  };
}

/** The provider entry of `section` for the model in use: `provider/model`, else `provider`. */
export function providerSection(section: Section | undefined, input: unknown): Section | undefined {
  const provider = inputText(own(input, 'provider'));
  if (section === undefined || provider === undefined) return undefined;
  const byProvider = subsection(section, 'byProvider');
  if (byProvider === undefined) return undefined;
  const model = inputText(own(input, 'model'));
  const exact = model === undefined ? undefined : subsection(byProvider, `${provider}/${model}`);
  return exact ?? subsection(byProvider, provider);
}
