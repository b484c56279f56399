/**
 * What every room of the gateway stands on: the store and its lease, the policy in force, the audit
 * log, the clock.
 *
 * @module
 */
import type { Lease, Logger, Registered, Store, Tx } from '@portcullis/core';
import type { CompiledPolicy } from '@portcullis/policy';
import type { ToolPolicy } from '@portcullis/policy/tools';

import type { Capabilities } from './capabilities/capabilities.ts';
import type { LoadedConfig, StatePaths } from './config/index.ts';
import type { Journal } from './audit/journal.ts';
import type { EgressGuard } from './egress/guard.ts';
import type { AgentReport, AttemptService } from './services.ts';
import type { Step } from './step.ts';

/** Shared by all rooms of one gateway. */
export interface Kernel {
  readonly store: Store;
  /** The right to act as the one gateway of this state. Every write carries it. */
  readonly lease: Lease;
  readonly registry: Registered;
  readonly journal: Journal;
  /** What may be handed on to sub-agents, jobs and hooks. */
  readonly capabilities: Capabilities;
  /** Wrong credentials, over every door. */
  readonly attempts: AttemptService;
  readonly paths: StatePaths;
  /** Keeps the secrets of this gateway in it. */
  readonly egress: EgressGuard;
  readonly log: Logger;
  /** The configuration in force, and the policy compiled from it. */
  config(): LoadedConfig;
  policy(): CompiledPolicy;
  toolPolicy(): ToolPolicy;
  /** The configured agents. */
  agents(): readonly AgentReport[];
  /** Last segment of an agent's main session key: `session.mainKey`, `main` by default. */
  mainKey(): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Passes a named point. */
  step(point: Step): void;
}

/** Runs a unit of work as the gateway: refused once another gateway holds the lease. */
export function commit<T>(
  kernel: Pick<Kernel, 'store' | 'lease'>,
  work: (tx: Tx) => Promise<T> | T,
): Promise<T> {
  return kernel.store.transact(work, { lease: kernel.lease });
}
