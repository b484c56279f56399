/**
 * May this command run, must somebody be asked, or not at all? The tool policy has said yes before
 * this is asked.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { normalisePath } from '../files/path.ts';
import { asChoice, asText, InvalidSetting, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { allowlistOf, isSatisfied, type MatchFacts } from './allowlist.ts';
import { type Analysis, analyze } from './analyze.ts';
import { hasBlockedVariable, overridesOf } from './environment.ts';
import { type ExecHost, selectHost } from './host.ts';
import { namesEvalForm, roughWords } from './interpreter.ts';
import type { Which } from './program.ts';
import { verdict } from './reasons.ts';
import { cliNamesOf, isSelfControl } from './self-control.ts';
import {
  type Ask,
  callAskOf,
  type EffectivePolicy,
  effectivePolicy,
  execConfigOf,
  type Security,
  strictInlineEval,
} from './settings.ts';

/** What a host's own document (`exec-approvals.json`) says. */
export interface HostApprovals {
  readonly defaults?: HostRules;
  /** By agent id; `*` is for every agent. */
  readonly agents?: Readonly<
    Record<string, HostRules & { readonly allowlist?: readonly unknown[] }>
  >;
}

/** Rules of a host's document. They only tighten. */
export interface HostRules {
  readonly security?: Security;
  readonly ask?: Ask;
  readonly askFallback?: Security;
}

/** One command that is about to run. */
export interface ExecInput {
  /** Default `main`. */
  readonly agentId?: string;
  readonly command: string;
  /** Where it runs. Durable trust matches nothing when it is not given. */
  readonly cwd?: string;
  readonly home?: string;
  /** Where the agent may write; durable trust never reaches in there. Default `cwd`. */
  readonly workspace?: string;
  /** Variables the call sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** The host the call asks for. */
  readonly host?: string;
  /** The call's wish to be asked; it only tightens. */
  readonly ask?: Ask;
  /** Whether a sandbox is active for the session. */
  readonly sandboxed?: boolean;
  readonly elevated?: boolean | 'on' | 'off' | 'ask' | 'full';
  readonly channel?: string;
  readonly sender?: { readonly id?: string };
  /** The session's `/exec` override. */
  readonly session?: HostRules & { readonly host?: string; readonly setByOwner?: boolean };
  readonly hostApprovals?: HostApprovals;
  /** Executables by the first word of each program, as written. */
  readonly which?: Which;
  /** Hex SHA-256 of script files by path, for durable trust that is bound to one. */
  readonly scripts?: Readonly<Record<string, string>>;
  readonly node?: {
    readonly id: string;
    readonly paired: boolean;
    readonly commands: readonly string[];
    readonly hostApprovals?: HostApprovals;
  };
  /** Names of this product's command line. Default `openclaw`. */
  readonly cliNames?: readonly string[];
  /** Set when an `ask` has nobody to go to, or nobody answered in time. */
  readonly approver?: 'none' | 'timeout';
}

/** What an allowed command or a question to an approver tells the caller. */
export interface ExecValue {
  readonly host: ExecHost;
}

const SECURITY_PATH = 'tools.exec.security';
const ASK_PATH = 'tools.exec.ask';

/** What the table of decisions looks at. */
interface Findings {
  readonly analysable: boolean;
  /** Every program is listed. */
  readonly match: boolean;
  /** Program text for an interpreter, where that is looked for. */
  readonly inline: boolean;
  /** What would run is not said by its words alone: program text, a carrier, or text for a shell. */
  readonly veiled: boolean;
}

function isMatch({ match, inline }: Findings): boolean {
  return match && !inline;
}

/** The rows for a command that is judged by its list. */
function decideListed(ask: Ask, findings: Findings): Decision {
  if (isMatch(findings)) return verdict.allow('exec.allowlist.match', SECURITY_PATH);
  if (ask === 'off') {
    if (!findings.analysable) return verdict.deny('exec.analysis.failed', SECURITY_PATH);
    return findings.inline
      ? verdict.deny('exec.inline_eval.denied', 'tools.exec.strictInlineEval')
      : verdict.deny('exec.allowlist.miss', SECURITY_PATH);
  }
  if (!findings.analysable) return verdict.ask('exec.ask.unanalyzable', ASK_PATH);
  return findings.inline
    ? verdict.ask('exec.ask.inline_eval', 'tools.exec.strictInlineEval')
    : verdict.ask('exec.ask.on_miss', ASK_PATH);
}

/** The table for commands outside a sandbox. */
function decideOnHost({ security, ask }: EffectivePolicy, findings: Findings): Decision {
  if (security === 'deny') return verdict.deny('exec.security.deny', SECURITY_PATH);
  if (ask === 'always') return verdict.ask('exec.ask.always', ASK_PATH);
  if (security === 'allowlist') return decideListed(ask, findings);
  return findings.inline
    ? verdict.ask('exec.ask.inline_eval', 'tools.exec.strictInlineEval')
    : verdict.allow('exec.full', SECURITY_PATH);
}

/** In the sandbox only the extremes count: never, and never without asking. */
function decideInSandbox({ security, ask }: EffectivePolicy): Decision {
  if (security === 'deny') return verdict.deny('exec.security.deny', SECURITY_PATH);
  return ask === 'always'
    ? verdict.ask('exec.ask.always', ASK_PATH)
    : verdict.allow('exec.sandbox', 'tools.exec.host');
}

/** The answer to an `ask` that reaches nobody. */
function fallBack({ askFallback }: EffectivePolicy, findings: Findings): Decision {
  const path = 'tools.exec.askFallback';
  if (askFallback === 'deny') return verdict.deny('exec.ask_fallback.deny', path);
  // What a person would have to read is never run because no person was there to read it.
  if (findings.veiled) return verdict.deny('exec.ask_fallback.miss', path);
  if (askFallback === 'full') return verdict.allow('exec.ask_fallback.full', path);
  return isMatch(findings)
    ? verdict.allow('exec.ask_fallback.allowlist', path)
    : verdict.deny('exec.ask_fallback.miss', path);
}

function findingsOf(
  command: string,
  analysis: Analysis | undefined,
  entries: readonly unknown[],
  facts: MatchFacts,
): Findings {
  const strict = strictInlineEval(facts.exec);
  if (analysis === undefined) {
    const inline = strict && namesEvalForm(roughWords(command));
    return { analysable: false, match: false, inline, veiled: true };
  }
  const listed = analysis.segments.every((segment) => isSatisfied(segment, entries, facts));
  return {
    analysable: true,
    match: listed && !analysis.carrier,
    inline: strict && analysis.inline,
    veiled: analysis.inline || analysis.carrier,
  };
}

/** An absolute directory of the input, or undefined when it is not given. */
function directory(input: unknown, key: string): string | undefined {
  const path = asText(setting(input, key));
  if (path?.startsWith('/') === false) throw new InvalidSetting(key);
  return path === undefined ? undefined : normalisePath(path);
}

function matchFactsOf(config: unknown, input: unknown, agentId: string): MatchFacts {
  const cwd = directory(input, 'cwd');
  return {
    which: setting(input, 'which').value,
    cwd,
    home: directory(input, 'home'),
    workspace: directory(input, 'workspace') ?? cwd,
    scripts: setting(input, 'scripts').value,
    exec: execConfigOf(config, agentId),
  };
}

/**
 * Whether the command may run. `ask` never proceeds alone: with `approver` set it is resolved by
 * the configured fallback.
 */
export function decideExec(config: unknown, input: ExecInput): Decision {
  return total(() => {
    const agentId = asText(setting(input, 'agentId')) ?? 'main';
    const command = asText(setting(input, 'command'));
    if (command === undefined) throw new InvalidSetting('command');
    const facts = matchFactsOf(config, input, agentId);
    const host = selectHost(config, input, agentId, facts.exec);
    if (typeof host !== 'string') return host;
    const overrides = overridesOf(input);
    const analysis = analyze(command, { which: facts.which, overrides });
    if (isSelfControl(command, analysis, cliNamesOf(input))) {
      return verdict.deny('exec.self_control', '<default>tools.exec');
    }
    if (host !== 'sandbox' && hasBlockedVariable(overrides, command, analysis)) {
      return verdict.deny('exec.env.blocked', '<call>');
    }
    const gatewayDocument = setting(input, 'hostApprovals').value;
    const nodeDocument = setting(input, 'node').value;
    const documents =
      host === 'node'
        ? [gatewayDocument, setting(nodeDocument, 'hostApprovals').value]
        : [gatewayDocument];
    const session = setting(input, 'session').value;
    const ask = callAskOf(input);
    const policy = effectivePolicy(config, { agentId, session, documents, ask });
    if (policy.security === 'deny') return verdict.deny('exec.security.deny', SECURITY_PATH);
    const entries = allowlistOf(documents.at(-1), agentId);
    const findings = findingsOf(command, analysis, entries, facts);
    const decision = host === 'sandbox' ? decideInSandbox(policy) : decideOnHost(policy, findings);
    const approver = asChoice(setting(input, 'approver'), ['none', 'timeout']);
    const answer =
      decision.effect === 'ask' && approver !== undefined ? fallBack(policy, findings) : decision;
    const value: ExecValue = { host };
    return answer.effect === 'deny' ? answer : { ...answer, value };
  });
}

/** A command to look at without deciding. */
export interface AnalyzeInput {
  readonly command: string;
  readonly which?: Which;
}

/** What a command would run: `value { segments, I, C }`, or deny when that cannot be said. */
export function decideAnalysis(_config: unknown, input: AnalyzeInput): Decision {
  return total(() => {
    const command = asText(setting(input, 'command'));
    if (command === undefined) throw new InvalidSetting('command');
    const analysis = analyze(command, { which: setting(input, 'which').value });
    if (analysis === undefined) return verdict.deny('exec.analysis.failed', '<call>');
    const value = {
      segments: analysis.segments.map(({ argv }) => argv),
      I: analysis.inline,
      C: analysis.carrier,
    };
    return verdict.allow('exec.analysis.ok', '<call>', { value });
  });
}
