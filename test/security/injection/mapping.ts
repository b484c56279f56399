/**
 * What an operator says of each tool of the benchmarks: where a call goes, what its result brings, and
 * why. A tool nobody mapped counts as a write to the web (POLICY 14.3).
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { TrustClass } from '@portcullis/core';
import type { PrivateClass, Sink } from '@portcullis/policy/flow';

import type { BenchmarkCall } from './benchmarks.ts';

/** One tool as the operator mapped it. */
export interface MappedTool {
  /** `write` when a call changes something or speaks to somebody. */
  readonly effect: 'read' | 'write';
  /** Where a call goes. Absent: it only looks at what is the owner's or everybody's. */
  readonly sink?: 'message' | 'tool' | 'web.read' | 'web.write' | 'exec';
  /**
   * Receivers and changed things: `{argument}`, `{argument?}` where a call may go without it,
   * `kind:{argument}` for an id that means nothing by itself, or the value itself.
   */
  readonly identities?: readonly string[];
  /** Arguments that are shown to whoever receives the call. */
  readonly content?: readonly string[];
  /** Whose text a result may hold, and which private data. */
  readonly brings: { readonly source: TrustClass; readonly classes: readonly PrivateClass[] };
  readonly reason: string;
}

/** Tools by name; those of AgentDojo as `<suite>/<name>`. */
export type Mapping = Readonly<Record<string, MappedTool>>;

function read(name: string): Mapping {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'mapping', name), 'utf8')) as Mapping;
}

/** The tools of AgentDojo. */
export const dojoMapping: Mapping = read('agentdojo.json');
/** The tools of InjecAgent, whose cases give no arguments: their identities are written out. */
export const injecMapping: Mapping = read('injecagent.json');

function valuesOf(argument: unknown): readonly string[] {
  if (argument === undefined || argument === null || argument === '') return [];
  const values: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
}

const SLOT = /^(?<before>.*)\{(?<name>\w+)(?<optional>\??)\}$/u;

/** Arguments of a tool that name a receiver or a changed thing. */
export function slotsOf(tool: MappedTool): readonly string[] {
  return (tool.identities ?? []).flatMap((template) => SLOT.exec(template)?.groups?.['name'] ?? []);
}

/**
 * The receivers and changed things of a call. A call that leaves out one it needs names nothing, so
 * that what is missing never makes it pass.
 */
export function identitiesOf(tool: MappedTool, args: BenchmarkCall['args']): readonly string[] {
  const found: string[] = [];
  for (const template of tool.identities ?? []) {
    const { before = '', name, optional } = SLOT.exec(template)?.groups ?? {};
    if (name === undefined) {
      found.push(template);
      continue;
    }
    const values = valuesOf(args[name]);
    if (values.length === 0 && optional === '') return [];
    found.push(...values.map((value) => `${before}${value}`));
  }
  return found;
}

/** Where a call goes; undefined when it goes nowhere. */
export function sinkOf(
  tool: MappedTool | undefined,
  args: BenchmarkCall['args'],
): Sink | undefined {
  if (tool === undefined) return { kind: 'tool' };
  const identities = identitiesOf(tool, args);
  const [first = ''] = identities;
  switch (tool.sink) {
    case 'message': {
      const text = (tool.content ?? []).flatMap((name) => valuesOf(args[name])).join('\n');
      return { kind: 'message', to: identities, text };
    }
    case 'tool':
      return { kind: 'tool', identities };
    case 'web.read':
    case 'web.write':
      return { kind: tool.sink, url: first };
    case 'exec':
      return { kind: 'exec', command: first };
    default:
      return undefined;
  }
}

/** What the sinks of a mapping make of each tool, and tools whose `effect` says otherwise. */
export function misdeclared(mapping: Mapping): readonly string[] {
  return Object.entries(mapping)
    .filter(([, { effect, sink }]) => {
      const looks = sink === undefined || sink === 'web.read';
      return (effect === 'read') !== looks;
    })
    .map(([name]) => name);
}
