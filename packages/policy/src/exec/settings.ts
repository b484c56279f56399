/**
 * The settings of command execution, and the policy that is in force after everything that may
 * tighten it.
 *
 * @module
 */
import { asChoice, asFlag, InvalidSetting, own, setting, type Setting } from '../setting.ts';

/** What may run, least first. */
export type Security = 'deny' | 'allowlist' | 'full';

/** When a person is asked, least first. */
export type Ask = 'off' | 'on-miss' | 'always';

const SECURITY: readonly Security[] = ['deny', 'allowlist', 'full'];
const ASK: readonly Ask[] = ['off', 'on-miss', 'always'];

/** The policy in force for one command. */
export interface EffectivePolicy {
  readonly security: Security;
  readonly ask: Ask;
  /** What holds when nobody can be asked; never more than `security`. */
  readonly askFallback: Security;
}

/** Reads `tools.exec` of an agent, field by field, before the global one. */
export interface ExecConfig {
  /** The agent's value of `key`, else the global one. */
  first(key: string): Setting;
}

/** The exec settings of `agentId`. */
export function execConfigOf(config: unknown, agentId: string): ExecConfig {
  return {
    first(key) {
      const agent = setting(config, 'agents', 'entries', agentId, 'tools', 'exec', key);
      return agent.value === undefined ? setting(config, 'tools', 'exec', key) : agent;
    },
  };
}

/** Whether program text for interpreters is always put before a person. Default true. */
export function strictInlineEval(exec: ExecConfig): boolean {
  return asFlag(exec.first('strictInlineEval')) ?? true;
}

function leastSecure(...values: readonly (Security | undefined)[]): Security | undefined {
  return SECURITY.find((each) => values.includes(each));
}

function mostAsking(...values: readonly (Ask | undefined)[]): Ask | undefined {
  return ASK.toReversed().find((each) => values.includes(each));
}

const MODES = {
  deny: ['deny', 'off'],
  allowlist: ['allowlist', 'off'],
  ask: ['allowlist', 'on-miss'],
  auto: ['allowlist', 'on-miss'],
  full: ['full', 'off'],
} as const satisfies Record<string, readonly [Security, Ask]>;

/** Security and ask of one level, where `mode` beside them only tightens. */
function levelOf(root: unknown, ...keys: readonly string[]): Partial<EffectivePolicy> {
  const at = (key: string) => setting(root, ...keys, key);
  const mode = asChoice(at('mode'), ['deny', 'allowlist', 'ask', 'auto', 'full']);
  const [security, ask] = mode === undefined ? [] : MODES[mode];
  const chosen = {
    security: leastSecure(security, asChoice(at('security'), SECURITY)),
    ask: mostAsking(ask, asChoice(at('ask'), ASK)),
    askFallback: asChoice(at('askFallback'), SECURITY),
  };
  return {
    ...(chosen.security === undefined ? {} : { security: chosen.security }),
    ...(chosen.ask === undefined ? {} : { ask: chosen.ask }),
    ...(chosen.askFallback === undefined ? {} : { askFallback: chosen.askFallback }),
  };
}

/** What a host's own document says for an agent: its entry, then `*`, then the defaults, field by field. */
function documentOf(document: unknown, agentId: string): Partial<EffectivePolicy> {
  return {
    ...levelOf(document, 'defaults'),
    ...levelOf(document, 'agents', '*'),
    ...levelOf(document, 'agents', agentId),
  };
}

/** What may tighten the configured policy, or loosen it where the owner said so. */
export interface Overrides {
  readonly agentId: string;
  /** The session's `/exec` override. */
  readonly session: unknown;
  /** Documents of the hosts the command passes: the gateway's, then the node's. */
  readonly documents: readonly unknown[];
  /** What the call itself asks for. */
  readonly ask: Ask | undefined;
}

/** A policy on its way; nobody has said yet what holds when nobody answers. */
type Draft = Omit<EffectivePolicy, 'askFallback'> & { readonly askFallback?: Security };

/** The configured policy: the agent's value, else the global one, else closed. */
function configured(config: unknown, agentId: string): Draft {
  return {
    security: 'deny',
    ask: 'always',
    ...levelOf(config, 'tools', 'exec'),
    ...levelOf(config, 'agents', 'entries', agentId, 'tools', 'exec'),
  };
}

/** The session's wish: an owner may loosen anything but a deny, everybody may tighten. */
function afterSession(draft: Draft, session: unknown): Draft {
  const wish = levelOf({ session }, 'session');
  if (own(session, 'setByOwner') === true && draft.security !== 'deny') {
    return { ...draft, security: wish.security ?? draft.security, ask: wish.ask ?? draft.ask };
  }
  return {
    ...draft,
    security: leastSecure(draft.security, wish.security) ?? 'deny',
    ask: mostAsking(draft.ask, wish.ask) ?? 'always',
  };
}

/** The policy in force after session, hosts and call. */
export function effectivePolicy(config: unknown, overrides: Overrides): EffectivePolicy {
  const { agentId, session, documents, ask } = overrides;
  const draft = afterSession(configured(config, agentId), session);
  const levels = [draft, ...documents.map((document) => documentOf(document, agentId))];
  const security = leastSecure(...levels.map((level) => level.security)) ?? 'deny';
  const fallback = leastSecure(...levels.map((level) => level.askFallback)) ?? 'deny';
  return {
    security,
    ask: mostAsking(ask, ...levels.map((level) => level.ask)) ?? 'always',
    askFallback: leastSecure(fallback, security) ?? 'deny',
  };
}

/** The policy in force for an agent by configuration and host document; closed where unreadable. */
export function execPolicyOf(config: unknown, agentId: string, document: unknown): EffectivePolicy {
  try {
    const documents = document === undefined ? [] : [document];
    return effectivePolicy(config, { agentId, session: undefined, documents, ask: undefined });
  } catch (error) {
    if (!(error instanceof InvalidSetting)) throw error;
    return { security: 'deny', ask: 'always', askFallback: 'deny' };
  }
}

/** A per-call wish to be asked. */
export function callAskOf(input: unknown): Ask | undefined {
  return asChoice(setting(input, 'ask'), ASK);
}
