/**
 * A tool is something the agent can ask for. It has no way to the world but the brokers in its
 * context, and each broker asks policy again before it acts.
 *
 * @module
 */
import type { Brokers } from './broker.ts';
import type { Principal } from './principal.ts';
import type { Secret } from './secret.ts';
import type { StandardSchema } from './standard-schema.ts';

/** Kinds of effect, one per broker; `server` is a call of a tool that another program or server has. */
export type EffectKind =
  | 'files'
  | 'net'
  | 'proc'
  | 'send'
  | 'browser'
  | 'sessions'
  | 'schedule'
  | 'server';

/** An effect a tool intends, told before it runs so that one decision can cover it. */
export interface EffectRequest {
  readonly kind: EffectKind;
  /** What exactly: a path, a URL, an argv. Its shape belongs to the broker. */
  readonly request: unknown;
}

/** What a tool gives back to the model. */
export interface ToolResult {
  readonly text: string;
  readonly isError?: boolean;
  /** Facts for operator clients; never shown to the model. */
  readonly details?: unknown;
}

/** The part of the config that a tool declares as its own. */
export interface ToolSettingsDeclaration {
  /** Dotted path of the part, below `tools` or `plugins`: `tools.web.search`. */
  readonly path: string;
  /** Keys below it that hold secrets, each with the environment variable that may stand in for it. */
  readonly secrets?: Readonly<Record<string, string | undefined>>;
}

/** The declared part of the config, as it is during one call. */
export interface ToolSettings {
  /**
   * The value at a dotted path below the declared one; undefined when nothing is set. Whatever is
   * named like a secret is left out. It is the operator's word, unchecked: look at its type.
   */
  get(path: string): unknown;
  /**
   * A declared secret: literal, `${ENV}`, SecretRef or environment variable. Undefined when it is
   * not configured. Throws `tool.secret_undeclared` for any other path, `secret.unresolved` when it
   * is configured and cannot be had.
   */
  secret(path: string): Secret | undefined;
}

/** What a running call knows. */
export interface ToolContext {
  readonly signal: AbortSignal;
  readonly sessionKey: string;
  readonly agentId: string;
  readonly requester: Principal;
  readonly brokers: Brokers;
  /** Absent for a tool that declares no settings. */
  readonly settings?: ToolSettings;
}

/** One tool. Authors write it with their own input type. */
export interface Tool<TInput = unknown> {
  readonly name: string;
  readonly description: string;
  readonly input: StandardSchema<unknown, TInput>;
  /** JSON Schema of the input, offered to models. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly effects: readonly EffectKind[];
  /** What it needs to know of the config. Default: nothing. */
  readonly settings?: ToolSettingsDeclaration;
  /**
   * Longest a call may take, in milliseconds, without the time an approver takes. Default: what the
   * operator set for all tools. A call that takes longer ends with `tool.timeout`.
   */
  readonly timeoutMs?: number;
  run(input: TInput, context: ToolContext): Promise<ToolResult>;
  /** The effects a call would have, for one decision before it runs. */
  plan?(input: TInput): readonly EffectRequest[];
}
