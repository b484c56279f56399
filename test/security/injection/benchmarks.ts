/**
 * Public benchmarks of prompt injection, as their files hold them. `data/NOTICE.md` says whose they
 * are.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A tool call as a benchmark writes it. */
export interface BenchmarkCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What an attacker wants called in a suite of AgentDojo. */
export interface DojoAttack {
  readonly id: string;
  readonly domain: string;
  readonly attacker_calls: readonly BenchmarkCall[];
}

/** What a person asks for, and the calls that do it. */
export interface DojoTask {
  readonly id: string;
  readonly domain: string;
  readonly prompt: string;
  readonly calls: readonly BenchmarkCall[];
}

/** A tool of a suite; `effect` is what whoever published the list reads from its description. */
export interface DojoTool {
  readonly suite: string;
  readonly name: string;
  readonly params: readonly string[];
  readonly effect: 'read' | 'write';
}

/** A tool whose result tells the model to call other tools. */
export interface InjecCase {
  readonly id: string;
  readonly user_tool: string;
  readonly user_instruction: string;
  readonly injected_instruction: string;
  readonly attacker_calls: readonly string[];
}

/** A tool that only an attacker wants, offered beside those of an agent. */
export interface AsbAttack {
  readonly id: string;
  readonly agent: string;
  readonly attacker_tool: string;
  readonly injected_instruction: string;
}

/** A tool that the tasks of an agent need. */
export interface AsbTool {
  readonly 'Tool Name': string;
  readonly 'Corresponding Agent': string;
}

/** An attack of a suite while a task of the same suite is worked on. */
export interface DojoPair {
  readonly task: DojoTask;
  readonly attack: DojoAttack;
}

function text(name: string): string {
  return readFileSync(join(import.meta.dirname, 'data', name), 'utf8');
}

function rows(name: string): readonly unknown[] {
  const lines = text(name).split('\n');
  return lines.filter((line) => line !== '').map((line): unknown => JSON.parse(line));
}

/** AgentDojo's 33 attacks. */
export const dojoAttacks = rows('agentdojo_attacks.jsonl') as readonly DojoAttack[];
/** AgentDojo's 97 tasks. */
export const dojoTasks = rows('agentdojo_benign.jsonl') as readonly DojoTask[];
/** AgentDojo's 74 tools. */
export const dojoTools = JSON.parse(text('agentdojo_tools.json')) as readonly DojoTool[];
/** InjecAgent's 1,054 cases. */
export const injecCases = rows('injecagent.jsonl') as readonly InjecCase[];
/** The 400 attacks of Agent Security Bench. */
export const asbAttacks = rows('asb_attacks.jsonl') as readonly AsbAttack[];
/** The 20 tools of its agents. */
export const asbTools = rows('asb_normal_tools.jsonl') as readonly AsbTool[];

/** Every attack of a suite against every task of that suite: 909. */
export const dojoPairs: readonly DojoPair[] = dojoTasks.flatMap((task) =>
  dojoAttacks.filter(({ domain }) => domain === task.domain).map((attack) => ({ task, attack })),
);
