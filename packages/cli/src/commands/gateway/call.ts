/**
 * `openclaw gateway call`: any method of the wire protocol, as it is.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { METHODS, type MethodName } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../../command.ts';
import { meant, quote, seeHelp } from '../../parse/fault.ts';
import { withOperator } from '../operator-session.ts';
import { within } from './within.ts';
import { isRecord } from '../../record.ts';

const TIMEOUT_MS = 10_000;

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}

function methodOf({ input }: Invocation): MethodName {
  const name = input.argument('method');
  if (isMethod(name)) return name;
  throw new PortcullisError('usage.invalid_value', `There is no method ${quote(name)}.`, {
    hint: `${meant(name, Object.keys(METHODS))}docs/reference/protocol.md lists all.`,
  });
}

/** The parameters, as they were given or stand on standard input. */
async function paramsOf({ input, doors }: Invocation): Promise<Readonly<Record<string, unknown>>> {
  const written = input.text('params') ?? '{}';
  const text = written === '-' ? await doors.readInput() : written;
  try {
    const params: unknown = JSON.parse(text);
    if (isRecord(params)) return params;
  } catch {
    // Told below, as what is no object is.
  }
  throw new PortcullisError('usage.invalid_value', '--params must be a JSON object.', {
    hint: `Write it as '{"key": "main"}'. ${seeHelp('gateway call')}`,
  });
}

/** `openclaw gateway call`. */
export const callGateway: CommandHandler = async (invocation) => {
  const { input, out } = invocation;
  const method = methodOf(invocation);
  const params = await paramsOf(invocation);
  const result = await within(
    invocation,
    input.count('timeout') ?? TIMEOUT_MS,
    (bounded) =>
      // The gateway checks the parameters against the method's own schema.
      withOperator(bounded, ({ ask }) => ask(method, params as never), { live: true }),
    'What was asked for goes on. --timeout waits longer.',
  );
  out.json(result ?? null);
};
