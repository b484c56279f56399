/**
 * What the file tools have in common: their schema, and the broker they may use.
 *
 * @module
 */
import {
  type EffectRequest,
  type FilesBroker,
  PortcullisError,
  type Tool,
  type ToolContext,
  type ToolResult,
} from '@portcullis/core';
import { z } from 'zod';

/** What makes one of the tools. */
export interface FileToolParts<TInput> {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType<TInput>;
  run(input: TInput, files: FilesBroker, context: ToolContext): Promise<ToolResult>;
  plan?(input: TInput): readonly EffectRequest[];
}

/** A path as every tool takes it. */
export const pathInput: z.ZodString = z
  .string()
  .min(1)
  .max(4096)
  .describe('Relative to the workspace, or absolute in it.');

/** A file's SHA-256 as `read` tells it. */
export const hashInput: z.ZodString = z
  .string()
  .regex(/^[0-9a-f]{64}$/u)
  .describe('The sha256 that read told: the file is changed only if it still is that one.');

/** Makes a tool over the files broker. Running it throws `files.unavailable` where there is none. */
export function fileTool<TInput>(parts: FileToolParts<TInput>): Tool<TInput> {
  const { name, description, input, run, plan } = parts;
  return {
    name,
    description,
    input,
    inputSchema: z.toJSONSchema(input, { io: 'input' }),
    effects: ['files'],
    run: async (checked, context) => {
      const { files } = context.brokers;
      if (files === undefined) {
        throw new PortcullisError('files.unavailable', 'This gateway offers no files.', {
          hint: 'Run the tool in a gateway with a files broker.',
        });
      }
      return await run(checked, files, context);
    },
    ...(plan === undefined ? {} : { plan }),
  };
}

/** The intention to do something to a file, as the gateway decides it before the tool runs. */
export function intention(op: 'write' | 'delete', path: string): EffectRequest {
  return { kind: 'files', request: { op, path } };
}
