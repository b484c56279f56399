/**
 * The contract suite of a tool: what every `Tool` must do, whatever it does.
 *
 * Call it in a vitest file of the package that has the tool. It needs valid inputs and nothing else:
 * the brokers it hands out refuse everything, since what a tool does with them is its own test.
 *
 * @module
 */
import { type Brokers, PortcullisError, type Tool, type ToolContext } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

/** What the suite needs from the author of a tool. */
export interface ToolBench<TInput> {
  readonly tool: Tool<TInput>;
  /** Inputs that a model may well send, and that the tool takes. */
  readonly inputs: readonly unknown[];
}

/** What no tool takes for an input, and none may choke on. */
const GARBAGE: readonly unknown[] = [
  null,
  undefined,
  0,
  '',
  'text',
  [],
  [null],
  Number.NaN,
  { __proto__: null, constructor: 1 },
  { path: 7, url: {}, command: [], query: null, text: false },
  JSON.parse('{"__proto__":{"path":"x"}}'),
];

const REFUSED = 'contract.refused';

function refuse(): never {
  throw new PortcullisError(REFUSED, 'The contract suite refuses every effect.');
}

/** A broker whose every member refuses, whatever it is called. */
function refusing<T extends object>(): T {
  return new Proxy({} as T, { get: () => refuse });
}

function contextOf(brokers: Brokers, signal: AbortSignal): ToolContext {
  return {
    signal,
    sessionKey: 'agent:main:main',
    agentId: 'main',
    requester: { id: 'test:1', trust: 'owner', channel: 'test', accountId: 'default' },
    brokers,
    settings: { get: () => undefined, secret: () => undefined },
  };
}

/** Runs a tool to whatever end it comes to; a throw must be one that the gateway can tell of. */
async function run<TInput>(tool: Tool<TInput>, input: unknown, brokers: Brokers): Promise<void> {
  const checked = await tool.input['~standard'].validate(input);
  if (checked.issues !== undefined) return;
  try {
    const result = await tool.run(checked.value, contextOf(brokers, new AbortController().signal));
    expect(typeof result.text).toBe('string');
  } catch (error) {
    expect(PortcullisError.is(error), String(error)).toBe(true);
  }
}

/**
 * Runs the contract suite.
 *
 * @example
 * ```ts
 * describeTool({ tool: clock, inputs: [{}, { zone: 'Europe/Vienna' }] });
 * ```
 */
export function describeTool<TInput>({ tool, inputs }: ToolBench<TInput>): void {
  describe(`tool contract: ${tool.name}`, () => {
    test('has a name models can call, and says what it does', () => {
      expect(tool.name).toMatch(/^[a-z][a-z0-9_]{0,63}$/u);
      expect(tool.description.trim().length).toBeGreaterThan(10);
      expect(new Set(tool.effects).size).toBe(tool.effects.length);
    });

    test('describes its input as a JSON Schema of an object', () => {
      expect(tool.inputSchema).toMatchObject({ type: 'object' });
      expect(JSON.parse(JSON.stringify(tool.inputSchema))).toEqual(tool.inputSchema);
    });

    test('answers garbage with issues or a value, and never throws at it', async () => {
      for (const garbage of GARBAGE) {
        const result = await tool.input['~standard'].validate(garbage);
        expect('value' in result || result.issues !== undefined).toBe(true);
      }
    });

    test('takes what its author says it takes', async () => {
      for (const input of inputs) {
        const result = await tool.input['~standard'].validate(input);
        expect(result.issues).toBeUndefined();
      }
    });

    test('plans without effects', () => {
      for (const input of inputs) {
        const planned = tool.plan?.(input as TInput) ?? [];
        for (const { kind } of planned) expect(tool.effects).toContain(kind);
      }
    });

    test('comes to a plain end where a gateway offers no broker', async () => {
      for (const input of inputs) await run(tool, input, {});
    });

    test('comes to a plain end where every effect is refused', async () => {
      const brokers: Brokers = {
        files: refusing(),
        net: refusing(),
        proc: refusing(),
        send: refusing(),
        sessions: refusing(),
        ask: refusing(),
      };
      for (const input of inputs) await run(tool, input, brokers);
    });
  });
}
