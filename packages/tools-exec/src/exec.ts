/**
 * The tool `exec`: one command in the agent's workspace.
 *
 * @module
 */
import type { ProcRequest, Tool } from '@portcullis/core';
import { z } from 'zod';

import { procOf } from './broker.ts';
import { report } from './report.ts';

/** Input of `exec`. */
export interface ExecToolInput {
  readonly command: string;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly background?: boolean | undefined;
  readonly input?: string | undefined;
  readonly ask?: 'off' | 'on-miss' | 'always' | undefined;
  readonly node?: string | undefined;
}

const INPUT: z.ZodType<ExecToolInput> = z.strictObject({
  command: z.string().min(1).max(20_000).describe('The command, as typed in a shell.'),
  cwd: z.string().min(1).max(4096).optional().describe('Directory, relative to the workspace.'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/u), z.string().max(32_000))
    .optional()
    .describe('Variables to set. Those that choose what runs are refused.'),
  timeoutSeconds: z.number().min(1).max(86_400).optional().describe('Default 120.'),
  background: z
    .boolean()
    .optional()
    .describe('Return at once; look after it with the tool process.'),
  input: z.string().max(1_000_000).optional().describe('Text for standard input.'),
  ask: z
    .enum(['off', 'on-miss', 'always'])
    .optional()
    .describe('When a person is asked first. It only adds to what is configured.'),
  node: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Id of a paired machine to run it on; the directory is one of that machine.'),
});

/** Runs one command. */
export const exec: Tool<ExecToolInput> = {
  name: 'exec',
  description:
    'Runs a command in the workspace and returns its output. Plain programs, pipes, && || and ; ' +
    'run without a shell: no variables, globs or redirections. Anything else needs a person to ' +
    'approve it. Do not repeat a command that was refused.',
  input: INPUT,
  inputSchema: z.toJSONSchema(INPUT, { io: 'input' }),
  effects: ['proc'],
  plan: (input) => [{ kind: 'proc', request: requestOf(input) }],
  // The broker ends a command in its own time; this is but the net below it.
  timeoutMs: 86_460_000,
  run: async (input, { brokers }) => report(await procOf(brokers).run(requestOf(input))),
};

function requestOf(options: ExecToolInput): ProcRequest {
  const { command, cwd, env, timeoutSeconds, background, input, ask, node } = options;
  return {
    command,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(timeoutSeconds === undefined ? {} : { timeoutMs: timeoutSeconds * 1000 }),
    ...(background === undefined ? {} : { background }),
    ...(input === undefined ? {} : { input }),
    ...(ask === undefined ? {} : { ask }),
    ...(node === undefined ? {} : { node, host: 'node' }),
  };
}
