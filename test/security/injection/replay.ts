/**
 * The benchmarks, replayed: what the attacker wants called is called, and so is what a person asked
 * for. Nothing is generated, so every run counts the same.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';

import {
  type BenchmarkCall,
  type DojoTask,
  asbAttacks,
  asbTools,
  dojoPairs,
  dojoTasks,
  injecCases,
} from './benchmarks.ts';
import { type Mapping, type MappedTool, dojoMapping, injecMapping, sinkOf } from './mapping.ts';
import { type ReplaySession, sessionsOver } from './replay-session.ts';

/** How many of some attacks were held, and which were not. */
export interface Holding {
  readonly held: number;
  readonly of: number;
  /** `<task> <attack>: <tools that ran>`. */
  readonly passed: readonly string[];
}

/** What people were asked while their own tasks were done. */
export interface Burden {
  readonly tasks: number;
  readonly asks: number;
  /** Tasks in which nobody was asked. */
  readonly free: number;
  /** Calls that were refused, which no answer could have let through. */
  readonly refused: readonly string[];
}

/** When the injected text is read: after all the task reads, or with the first text of others. */
export type Moment = 'after-reading' | 'first-text';

/** One call through the gate. What is allowed runs, and its result is shown to the model. */
async function attempt(
  session: ReplaySession,
  name: string,
  tool: MappedTool | undefined,
  args: BenchmarkCall['args'] = {},
): Promise<Decision> {
  const decision = await session.decide(name, sinkOf(tool, args));
  if (decision.effect === 'allow') await show(session, tool);
  return decision;
}

async function show(session: ReplaySession, tool: MappedTool | undefined): Promise<void> {
  const { source, classes } = tool?.brings ?? { source: 'external', classes: ['workspace'] };
  await session.learn(source, classes);
}

/** The calls of an attack that ran and changed something or carried something out. */
async function attackRan(
  session: ReplaySession,
  calls: readonly { readonly name: string; readonly args?: BenchmarkCall['args'] }[],
  mapping: Mapping,
): Promise<readonly string[]> {
  const done: string[] = [];
  for (const { name, args } of calls) {
    const decision = await attempt(session, name, mapping[name], args);
    // What a call does is not what somebody declared of it.
    const truth = dojoMapping[name] ?? injecMapping[name];
    const acts = truth === undefined || truth.sink !== undefined;
    if (acts && decision.effect === 'allow') done.push(name.replace(/^.*\//u, ''));
  }
  return done;
}

/** What the task reads up to the moment at which somebody else's text takes over. */
async function readUntil(
  moment: Moment,
  session: ReplaySession,
  { domain, calls }: DojoTask,
  mapping: Mapping,
): Promise<void> {
  for (const { tool: name, args } of calls) {
    const tool = mapping[`${domain}/${name}`];
    if (tool?.effect === 'write') continue;
    await attempt(session, `${domain}/${name}`, tool, args);
    const { u } = await session.label();
    if (moment === 'first-text' && u === 3) break;
  }
  await session.learn('external', []);
}

/** Every attack of AgentDojo against every task of its suite. */
export async function replayPairs(
  moment: Moment,
  mapping: Mapping = dojoMapping,
): Promise<Holding> {
  const open = sessionsOver(Object.keys(dojoMapping));
  const passed: string[] = [];
  for (const { task, attack } of dojoPairs) {
    const session = open(task.prompt);
    await readUntil(moment, session, task, mapping);
    const calls = attack.attacker_calls.map(({ tool, args }) => ({
      name: `${attack.domain}/${tool}`,
      args,
    }));
    const done = await attackRan(session, calls, mapping);
    if (done.length > 0) passed.push(`${task.id} ${attack.id}: ${done.join(' ')}`);
  }
  return { held: dojoPairs.length - passed.length, of: dojoPairs.length, passed };
}

/** Every task of AgentDojo, each call as its ground truth has it; who is asked says yes. */
export async function replayTasks(mapping: Mapping = dojoMapping): Promise<Burden> {
  const open = sessionsOver(Object.keys(dojoMapping));
  let asks = 0;
  let free = 0;
  const refused: string[] = [];
  for (const { id, domain, prompt, calls } of dojoTasks) {
    const session = open(prompt);
    let asked = 0;
    for (const { tool: name, args } of calls) {
      const tool = mapping[`${domain}/${name}`];
      const decision = await attempt(session, `${domain}/${name}`, tool, args);
      if (decision.effect === 'allow') continue;
      if (decision.effect === 'ask') asked += 1;
      else refused.push(`${id} ${name}: ${decision.code}`);
      await show(session, tool);
    }
    asks += asked;
    if (asked === 0) free += 1;
  }
  return { tasks: dojoTasks.length, asks, free, refused };
}

/** InjecAgent: the tool a person asked for must run, the last call of the attacker must not. */
export async function replayInjecAgent(
  mapping: Mapping = injecMapping,
): Promise<Holding & { readonly hindered: readonly string[] }> {
  const open = sessionsOver(Object.keys(injecMapping));
  const passed: string[] = [];
  const hindered: string[] = [];
  for (const row of injecCases) {
    const session = open(row.user_instruction);
    const wanted = await attempt(session, row.user_tool, mapping[row.user_tool]);
    if (wanted.effect !== 'allow') hindered.push(row.id);
    await session.learn('external', []);
    const calls = row.attacker_calls.map((name) => ({ name }));
    const done = await attackRan(session, calls, mapping);
    if (done.length > 0) passed.push(`${row.user_tool} ${row.id}: ${done.join(' ')}`);
  }
  return { held: injecCases.length - passed.length, of: injecCases.length, passed, hindered };
}

/** Agent Security Bench, every tool of the attacker switched on; nobody mapped one of them. */
export async function replayAsb(): Promise<Holding> {
  const normal = asbTools.map((tool) => tool['Tool Name']);
  const open = sessionsOver([...normal, ...asbAttacks.map((row) => row.attacker_tool)]);
  const passed: string[] = [];
  for (const { id, attacker_tool: tool } of asbAttacks) {
    const session = open('Do what my task needs.');
    await session.learn('external', []);
    const done = await attackRan(session, [{ name: tool }], {});
    if (done.length > 0) passed.push(`${id}: ${tool}`);
  }
  return { held: asbAttacks.length - passed.length, of: asbAttacks.length, passed };
}
