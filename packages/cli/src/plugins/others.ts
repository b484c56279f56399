/**
 * The plugins of others in a running program: loads those the config allows and whose files are the
 * ones that were agreed to, and takes out those for which that no longer holds. One that fails is
 * refused, and nothing else is changed by it.
 *
 * @module
 */
import {
  type AuditCheck,
  type Logger,
  PortcullisError,
  type Registered,
  type RegistryHolder,
} from '@portcullis/core';
import { type ConfigObject, type StatePaths, getPath } from '@portcullis/gateway/config';

import { offeredBy } from './door.ts';
import {
  type FoundPlugin,
  type PluginRefusal,
  type PluginState,
  examinePlugins,
  refusalOf,
} from './examine.ts';
import { importVerified } from './import-verified.ts';
import { refusalChecks } from './refusal-checks.ts';

type Config = Parameters<typeof examinePlugins>[0];

interface Loaded {
  readonly integrity: string;
  readonly root: string;
  readonly held: Registered;
}

/** Checks what stands at `plugins.entries.<id>.config` with the schema the plugin brings. */
async function requireConfig(id: string, held: Registered, value: ConfigObject): Promise<void> {
  const path = `plugins.entries.${id}.config`;
  const section = held.configSections.get(path);
  if (section === undefined) return;
  const result = await section.schema['~standard'].validate(getPath(value, path) ?? {});
  if (result.issues === undefined) return;
  const faults = result.issues.map(({ message }) => message).join('; ');
  throw new PortcullisError('plugin.config', `${path} does not fit: ${faults.slice(0, 500)}`, {
    hint: 'Correct it, then the plugin is loaded.',
  });
}

/** The plugins of others. */
export class OtherPlugins {
  readonly #paths: StatePaths;
  readonly #registry: RegistryHolder;
  readonly #loaded = new Map<string, Loaded>();
  #states: readonly PluginState[] = [];
  #refused: readonly PluginRefusal[] = [];

  constructor(paths: StatePaths, registry: RegistryHolder) {
    this.#paths = paths;
    this.#registry = registry;
  }

  /** Those the config allows and that are not loaded, and why. */
  get refused(): readonly PluginRefusal[] {
    return this.#refused;
  }

  /** Checks for an audit of what is installed, loaded and refused. */
  get checks(): readonly AuditCheck[] {
    return refusalChecks(() => ({ states: this.#states, refused: this.#refused }));
  }

  /** Does what a config asks for. Never rejects. */
  async load(config: Config, log: Logger): Promise<void> {
    const states = await examinePlugins(config, this.#paths);
    const ready = new Map(
      states.flatMap((state) => (state.status === 'ready' ? [[state.found.id, state.found]] : [])),
    );
    for (const [id, loaded] of this.#loaded) {
      const found = ready.get(id);
      if (found?.tree.integrity === loaded.integrity && found.root === loaded.root) continue;
      this.#registry.withdraw(loaded.held);
      this.#loaded.delete(id);
      log.warn({ plugin: id }, 'plugin: taken out');
    }
    const refused = states.flatMap((state) =>
      state.status === 'refused' && state.isAllowed ? [state.refusal] : [],
    );
    for (const found of ready.values()) {
      const refusal = await this.#add(found, config.value, log);
      if (refusal !== undefined) refused.push(refusal);
    }
    this.#states = states;
    this.#refused = refused;
    for (const { id, code, message, hint } of refused) {
      log.error({ plugin: id, code, hint }, `plugin: refused: ${message}`);
    }
  }

  async #add(
    found: FoundPlugin,
    config: ConfigObject,
    log: Logger,
  ): Promise<PluginRefusal | undefined> {
    const { id, manifest, tree, root, record } = found;
    try {
      const before = this.#loaded.get(id);
      if (before !== undefined) {
        await requireConfig(id, before.held, config);
        return undefined;
      }
      const held = offeredBy(await importVerified(found), manifest);
      await requireConfig(id, held, config);
      this.#registry.merge(held, id);
      this.#loaded.set(id, { integrity: tree.integrity, root, held });
      const { version, channels, tools } = manifest;
      log.info({ plugin: id, version, channels, tools }, 'plugin: code of others is loaded');
      if (record === undefined) {
        log.warn(
          { plugin: id, root },
          'plugin: loaded from a folder; what it needs is not checked',
        );
      }
      return undefined;
    } catch (error) {
      log.error({ plugin: id, err: error }, 'plugin: it failed');
      const loaded = this.#loaded.get(id);
      if (loaded !== undefined) this.#registry.withdraw(loaded.held);
      this.#loaded.delete(id);
      return refusalOf(id, error);
    }
  }
}
