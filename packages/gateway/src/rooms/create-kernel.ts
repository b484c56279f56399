/**
 * Makes the kernel of a gateway, and the one way to put another config in force.
 *
 * @module
 */
import { type Lease, type Logger, type Registered, Secret, type Store } from '@portcullis/core';
import { type CompiledPolicy, compilePolicy } from '@portcullis/policy';
import { compileToolPolicy } from '@portcullis/policy/tools';

import { describeAgents } from '../agents.ts';
import { Journal } from '../audit/journal.ts';
import { Capabilities } from '../capabilities/capabilities.ts';
import { Attempts } from '../credentials/attempts.ts';
import { noteLockout } from './note-lockout.ts';
import { type LoadedConfig, type Secrets, type StatePaths, getPath } from '../config/index.ts';
import { EgressGuard } from '../egress/guard.ts';
import type { Kernel } from '../kernel.ts';
import type { StepListener } from '../step.ts';

/** What a kernel is made of. */
export interface KernelOptions {
  readonly config: LoadedConfig;
  readonly secrets: Secrets;
  readonly paths: StatePaths;
  readonly store: Store;
  readonly chainKey: Uint8Array;
  readonly registry: Registered;
  readonly log: Logger;
  readonly now?: () => number;
  readonly onStep?: StepListener;
}

/** Every secret of a gateway, as texts that could be told. */
function knownTo({ secrets, chainKey }: KernelOptions): () => readonly Secret[] {
  const bytes = Buffer.from(chainKey);
  const own = (['hex', 'base64'] as const).map(
    (form) => new Secret(bytes.toString(form), 'state/audit.key'),
  );
  return () => [...secrets.known(), ...own];
}

/** A kernel and the way to change what is in force. */
export interface KernelHolder {
  readonly kernel: Kernel;
  /** Puts another config in force, with the policy of it: every decision after it is by that. */
  readonly use: (config: LoadedConfig) => void;
}

/** Makes the kernel. */
export function createKernel(options: KernelOptions, lease: Lease): KernelHolder {
  const { store, registry, paths, log, now = Date.now, onStep } = options;
  let { config } = options;
  let policy: CompiledPolicy = compilePolicy(config.value);
  let toolPolicy = compileToolPolicy(config.value);
  let agents = describeAgents(config, paths);
  const kernel: Kernel = {
    store,
    lease,
    registry,
    journal: new Journal(),
    capabilities: new Capabilities({ store, lease, key: options.chainKey, now }),
    attempts: new Attempts({
      config: () => config.value,
      ...(options.now === undefined ? {} : { now: options.now }),
      onLock: (lockout) => noteLockout(kernel, lockout),
    }),
    paths,
    egress: new EgressGuard(knownTo(options)),
    log,
    config: () => config,
    policy: () => policy,
    toolPolicy: () => toolPolicy,
    agents: () => agents,
    mainKey: () => {
      const key = getPath(config.value, 'session.mainKey');
      return typeof key === 'string' ? key : 'main';
    },
    now,
    step: (point) => onStep?.(point),
  };
  return {
    kernel,
    use: (next) => {
      config = next;
      policy = compilePolicy(next.value);
      toolPolicy = compileToolPolicy(next.value);
      agents = describeAgents(next, paths);
    },
  };
}
