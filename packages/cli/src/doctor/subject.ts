/**
 * What the checks look at: read once, and whatever state it is in.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type LiveSecrets,
  type LoadedConfig,
  createSecrets,
  loadConfig,
  parseConfig,
} from '@portcullis/gateway/config';
import { type GatewayAddress, readAddress } from '@portcullis/gateway/local';
import type { LocalServer } from '@portcullis/models';
import type { AuditReport } from '@portcullis/policy/audit';
import { type LockHolder, lockHolder } from '@portcullis/store-sqlite';

import type { Doors } from '../command.ts';
import type { CommandContext } from '../context.ts';
import type { Machine } from './machine.ts';

/** How closely to look. */
export interface Closeness {
  /** Asks channels and model servers over the network. */
  readonly probe: boolean;
  /** Reads the whole store, and runs programs that resolve secrets. */
  readonly deep: boolean;
}

/** One installation, as far as it can be read. */
export interface Subject extends Closeness {
  readonly context: CommandContext;
  readonly machine: Machine;
  /** The config; an empty one where the file cannot be understood. */
  readonly config: LoadedConfig;
  /** Why the file cannot be understood. */
  readonly unreadable: PortcullisError | undefined;
  readonly secrets: LiveSecrets;
  /** Who has the state open. */
  readonly owner: LockHolder | undefined;
  /** Where the gateway that has it open listens. */
  readonly address: GatewayAddress | undefined;
  /** What the security audit says of the same config and machine. */
  audit(): Promise<AuditReport>;
  discoverLocalServers(): Promise<readonly LocalServer[]>;
  openOperator: Doors['openOperator'];
  /** Throws `service.unavailable` where this user has no service manager. */
  findManager: Doors['findManager'];
}

/** Reads what there is. Throws nothing for what is broken: that is for the checks to say. */
export function readSubject(
  context: CommandContext,
  machine: Machine,
  doors: Pick<Doors, 'discoverLocalServers' | 'openOperator' | 'findManager'>,
  closeness: Closeness,
): Subject {
  const { env, paths } = context;
  const { config, unreadable } = readConfig(context);
  const secrets = createSecrets(config, config.env, paths);
  let report: Promise<AuditReport> | undefined;
  return {
    ...closeness,
    context,
    machine,
    config,
    unreadable,
    secrets,
    owner: ownerOf(paths.stateDbDir),
    address: readAddress(paths),
    audit: () => (report ??= auditOf(config, secrets, { ...context, env })),
    discoverLocalServers: () => doors.discoverLocalServers(),
    openOperator: (...words) => doors.openOperator(...words),
    findManager: (...words) => doors.findManager(...words),
  };
}

function readConfig({ env, paths }: CommandContext): Pick<Subject, 'config' | 'unreadable'> {
  try {
    return { config: loadConfig({ env, paths, invalid: 'report' }), unreadable: undefined };
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return { config: parseConfig('{}', { env, paths }), unreadable: error };
  }
}

function ownerOf(directory: string): LockHolder | undefined {
  try {
    return lockHolder(directory);
  } catch {
    // A lock that is no database is told by the check of the store.
    return undefined;
  }
}

async function auditOf(
  config: LoadedConfig,
  secrets: LiveSecrets,
  { paths }: CommandContext,
): Promise<AuditReport> {
  const [{ audit }, { gatherFacts }] = await Promise.all([
    import('@portcullis/policy/audit'),
    import('@portcullis/gateway/posture'),
  ]);
  return audit(config.value, gatherFacts(config, secrets, paths).facts);
}
