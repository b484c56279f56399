/**
 * What is known of the service of a gateway.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';
import { loadConfig } from '@portcullis/gateway/config';

import type { CommandContext } from '../context.ts';
import { defineService } from './definition.ts';
import type { ServiceManager, ServiceState } from './supervisor.ts';

/** The service, as far as its manager tells. */
export interface ServiceFacts {
  /** Undefined where nobody looks after services. */
  readonly label: string | undefined;
  readonly path?: string;
  readonly installed: boolean;
  readonly runtime: Pick<ServiceState, 'status' | 'detail' | 'pid'>;
  readonly loaded: boolean;
  readonly enabled: boolean;
  /** True where an install would write something else than is there. */
  readonly drift: boolean;
}

/** Asks the manager of this user. Never throws for what it cannot tell. */
export async function serviceFacts(
  context: CommandContext,
  findManager: (context: CommandContext) => Promise<ServiceManager>,
): Promise<ServiceFacts> {
  let manager: ServiceManager;
  try {
    manager = await findManager(context);
  } catch (error) {
    return unknown(undefined, undefined, error);
  }
  const { label, path } = manager;
  const text = readText(path);
  try {
    const { loaded, enabled, ...runtime } = await manager.state();
    const drift = text !== undefined && !isAsWritten(text, manager, context);
    return { label, path, installed: text !== undefined, runtime, loaded, enabled, drift };
  } catch (error) {
    return { ...unknown(label, path, error), installed: text !== undefined };
  }
}

function unknown(
  label: string | undefined,
  path: string | undefined,
  error: unknown,
): ServiceFacts {
  if (!PortcullisError.is(error)) throw error;
  return {
    label,
    ...(path === undefined ? {} : { path }),
    installed: false,
    loaded: false,
    enabled: false,
    drift: false,
    runtime: { status: 'unknown', detail: error.message },
  };
}

/** Compares without the port, which only the one who installed it knows. */
function isAsWritten(text: string, manager: ServiceManager, context: CommandContext): boolean {
  const port = /"--port" "(\d+)"|<string>--port<\/string>\s*<string>(\d+)<\/string>/u.exec(text);
  const number = port?.[1] ?? port?.[2];
  try {
    const config = loadConfig({ env: context.env, paths: context.paths, invalid: 'report' });
    const definition = defineService(
      context,
      config,
      number === undefined ? undefined : Number(number),
    );
    return manager.write(definition) === text;
  } catch (error) {
    if (PortcullisError.is(error)) return true;
    throw error;
  }
}

/** The text of a file, undefined where there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
