/**
 * The one door through which packages offer what they have. Built-in packages use exactly the door
 * that third parties use.
 *
 * @module
 */
import type { BrowserDriver } from './browser.ts';
import type { ChannelDefinition } from './channel.ts';
import { PortcullisError } from './errors.ts';
import type { ModelProviderDefinition } from './model.ts';
import type { Policy } from './policy.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { ToolSource } from './tool-source.ts';
import type { Tool } from './tool.ts';

/** A finding of `openclaw security audit`. */
export interface AuditFinding {
  readonly severity: 'info' | 'warn' | 'critical';
  readonly title: string;
  readonly detail: string;
  readonly remediation?: string;
  /** The config key or the file it is about. */
  readonly path?: string;
}

/** What a check is told of the machine. Never a secret. */
export interface AuditCheckFacts {
  readonly stateDir?: string;
  readonly configPath?: string;
  /** Files of the state, with their permission bits: `0o600`. */
  readonly files?: readonly {
    readonly path: string;
    readonly mode: number;
    readonly isSymlink: boolean;
  }[];
  /** Whether commands can be sandboxed on this machine. */
  readonly sandboxAvailable?: boolean;
}

/**
 * A check a plugin adds to `openclaw security audit`. Pure and synchronous, over copies of its own.
 * One that throws is a finding itself.
 */
export interface AuditCheck {
  /** The id of the plugin, a dot, a name without dots: `telegram.webhook_without_secret`. */
  readonly id: string;
  /** `config` is with variables put in, and with markers where secrets are. */
  check(config: unknown, facts: AuditCheckFacts): readonly AuditFinding[];
}

/** A part of `openclaw.json` a plugin owns. */
export interface ConfigSection {
  /** Dotted path: `channels.telegram`. */
  readonly path: string;
  readonly schema: StandardSchema;
}

/** Where plugins register. Registering an id twice throws `plugin.duplicate`. */
export interface Registry {
  channel<TOptions>(definition: ChannelDefinition<TOptions>): void;
  tool<TInput>(tool: Tool<TInput>): void;
  toolSource(source: ToolSource): void;
  browser(driver: BrowserDriver): void;
  model(provider: ModelProviderDefinition): void;
  policy(policy: Policy): void;
  auditCheck(check: AuditCheck): void;
  configSection(section: ConfigSection): void;
}

/** What every `channels-*`, `tools-*` and model package default-exports. */
export interface Plugin {
  readonly id: string;
  register(registry: Registry): void;
}

const CHECK_NAME = /^[a-z0-9][a-z0-9_-]*$/u;

/**
 * Lets a plugin register what it has. Its audit checks can be named after itself only.
 *
 * Throws `plugin.duplicate`, `plugin.audit_check`, and whatever the plugin throws.
 */
export function registerPlugin(plugin: Plugin, registry: Registry): void {
  const { id } = plugin;
  const prefix = `${id}.`;
  plugin.register({
    channel: (definition) => registry.channel(definition),
    tool: (tool) => registry.tool(tool),
    toolSource: (source) => registry.toolSource(source),
    browser: (driver) => registry.browser(driver),
    model: (provider) => registry.model(provider),
    policy: (policy) => registry.policy(policy),
    auditCheck: (check) => {
      const isOwn = check.id.startsWith(prefix) && CHECK_NAME.test(check.id.slice(prefix.length));
      if (!isOwn) {
        throw new PortcullisError(
          'plugin.audit_check',
          `The plugin "${id}" offers an audit check that is not named after it.`,
          { hint: `Its id must be "${prefix}" and a name of small letters, digits, "_" and "-".` },
        );
      }
      registry.auditCheck(check);
    },
    configSection: (section) => registry.configSection(section),
  });
}

/** What was registered, by id. */
export interface Registered {
  readonly channels: ReadonlyMap<string, ChannelDefinition>;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly toolSources: ReadonlyMap<string, ToolSource>;
  /** One at most. */
  readonly browsers: ReadonlyMap<'browser', BrowserDriver>;
  readonly models: ReadonlyMap<string, ModelProviderDefinition>;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly auditChecks: ReadonlyMap<string, AuditCheck>;
  readonly configSections: ReadonlyMap<string, ConfigSection>;
  /** The plugin of others that a tool is of, by the name of the tool. Ours are in no entry. */
  readonly toolPlugins?: ReadonlyMap<string, string>;
}

/** A registry whose plugins come and go. */
export interface RegistryHolder extends Registry, Registered {
  /**
   * Takes over everything another registry holds, in the name of a plugin.
   *
   * Throws `plugin.duplicate` when some of it is there already, and takes nothing then.
   */
  merge(held: Registered, plugin: string): void;
  /** Lets go of everything another registry holds. What has its name and is not it stays. */
  withdraw(held: Registered): void;
}

function duplicate(what: string, id: string): PortcullisError {
  return new PortcullisError('plugin.duplicate', `Two plugins offer the ${what} "${id}".`, {
    hint: 'Uninstall one of them.',
  });
}

function adder<T, K extends string = string>(
  what: string,
  into: Map<K, T>,
): (id: K, value: T) => void {
  return (id, value) => {
    if (into.has(id)) throw duplicate(what, id);
    into.set(id, value);
  };
}

/**
 * Makes an empty registry.
 *
 * @example
 * ```ts
 * const registry = createRegistry();
 * telegram.register(registry);
 * registry.channels.get('telegram');
 * ```
 */
export function createRegistry(): RegistryHolder {
  const channels = new Map<string, ChannelDefinition>();
  const tools = new Map<string, Tool>();
  const toolSources = new Map<string, ToolSource>();
  const browsers = new Map<'browser', BrowserDriver>();
  const models = new Map<string, ModelProviderDefinition>();
  const policies = new Map<string, Policy>();
  const auditChecks = new Map<string, AuditCheck>();
  const configSections = new Map<string, ConfigSection>();
  const toolPlugins = new Map<string, string>();
  const maps = {
    channels,
    tools,
    toolSources,
    browsers,
    models,
    policies,
    auditChecks,
    configSections,
  };
  const addChannel = adder('channel', channels);
  const addTool = adder('tool', tools);
  const addToolSource = adder('tool source', toolSources);
  const addBrowser = adder('driver', browsers);
  const addModel = adder('model format', models);
  const addPolicy = adder('policy', policies);
  const addAuditCheck = adder('audit check', auditChecks);
  const addConfigSection = adder('config section', configSections);
  return {
    ...maps,
    toolPlugins,
    // The gateway checks options and inputs with the definition's own schema before it hands them
    // over, which is what makes forgetting the type parameter here sound.
    channel: (definition) => addChannel(definition.id, definition as ChannelDefinition),
    tool: (tool) => addTool(tool.name, tool as Tool),
    toolSource: (source) => addToolSource(source.id, source),
    browser: (driver) => addBrowser('browser', driver),
    model: (provider) => addModel(provider.api, provider),
    policy: (policy) => addPolicy(policy.id, policy),
    auditCheck: (check) => addAuditCheck(check.id, check),
    configSection: (section) => addConfigSection(section.path, section),
    merge: (held, plugin) => {
      for (const [into, from] of pairsOf(maps, held)) {
        for (const id of from.keys()) if (into.has(id)) throw duplicate('entry', id);
      }
      for (const [into, from] of pairsOf(maps, held)) {
        for (const [id, value] of from) into.set(id, value);
      }
      for (const name of held.tools.keys()) toolPlugins.set(name, plugin);
    },
    withdraw: (held) => {
      for (const [into, from] of pairsOf(maps, held)) {
        for (const [id, value] of from) if (into.get(id) === value) into.delete(id);
      }
      for (const name of held.tools.keys()) if (!tools.has(name)) toolPlugins.delete(name);
    },
  };
}

/** Each map of one registry beside that of another. */
function pairsOf(
  maps: Omit<Registered, 'toolPlugins'>,
  held: Registered,
): readonly (readonly [Map<string, unknown>, ReadonlyMap<string, unknown>])[] {
  return (Object.keys(maps) as (keyof typeof maps)[]).map((name) => [
    // The maps of a registry are made in this file, and each pair holds values of one kind.
    maps[name] as Map<string, unknown>,
    held[name],
  ]);
}
