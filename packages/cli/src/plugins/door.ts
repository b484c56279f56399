/**
 * The registry as a plugin of others sees it: channels, tools and audit checks, each only as its
 * package said it would offer it.
 *
 * @module
 */
import {
  type Plugin,
  PortcullisError,
  type Registered,
  type Registry,
  createRegistry,
  registerPlugin,
} from '@portcullis/core';
import { formatPath, parsePath } from '@portcullis/gateway/config';

import type { PluginManifest } from './manifest.ts';

function notOffered(id: string, what: string, hint: string): PortcullisError {
  return new PortcullisError('plugin.not_offered', `The plugin ${id} may not offer ${what}.`, {
    hint,
  });
}

function closed({ id }: PluginManifest, what: string): () => never {
  return () => {
    throw notOffered(id, what, 'Plugins of others offer channels, tools and audit checks.');
  };
}

/** Only below its own entry, so that nobody reads what is another's. */
function requireOwnSettings({ id }: PluginManifest, tool: Parameters<Registry['tool']>[0]): void {
  const { settings } = tool;
  if (settings === undefined) return;
  const own = ['plugins', 'entries', id];
  const asked = parsePath(settings.path);
  if (own.every((key, index) => asked[index] === key)) return;
  throw notOffered(
    id,
    `a tool with the settings ${settings.path}`,
    `Its settings are below ${formatPath(own)}.`,
  );
}

/** Lets a plugin register what it has, into a registry of its own. */
function registerGuarded(plugin: Plugin, manifest: PluginManifest): Registry & Registered {
  const registry = createRegistry();
  const { id, channels, tools, auditChecks } = manifest;
  const requireDeclared = (list: readonly string[], name: string, what: string): void => {
    if (list.includes(name)) return;
    const hint = 'Its package.json does not list it: see "portcullis" there.';
    throw notOffered(id, `the ${what} ${JSON.stringify(name)}`, hint);
  };
  registerPlugin(plugin, {
    channel: (definition) => {
      requireDeclared(channels, definition.id, 'channel');
      registry.channel(definition);
    },
    tool: (tool) => {
      requireDeclared(tools, tool.name, 'tool');
      requireOwnSettings(manifest, tool as Parameters<Registry['tool']>[0]);
      registry.tool(tool);
    },
    auditCheck: (check) => {
      requireDeclared(auditChecks, check.id, 'audit check');
      registry.auditCheck(check);
    },
    configSection: (section) => {
      requireDeclared([`plugins.entries.${id}.config`], section.path, 'config section');
      registry.configSection(section);
    },
    toolSource: closed(manifest, 'a source of tools'),
    browser: closed(manifest, 'a browser'),
    model: closed(manifest, 'a model format'),
    policy: closed(manifest, 'a policy'),
  });
  return registry;
}

function isPlugin(value: unknown): value is Plugin {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    'register' in value &&
    typeof value.register === 'function'
  );
}

/**
 * What the module of a plugin registers.
 *
 * @throws PortcullisError `plugin.invalid`, `plugin.not_offered`, `plugin.audit_check`,
 * `plugin.duplicate`, `plugin.failed`.
 */
export function offeredBy(module: unknown, manifest: PluginManifest): Registry & Registered {
  const { id } = manifest;
  const plugin =
    typeof module === 'object' && module !== null && 'default' in module
      ? module.default
      : undefined;
  if (!isPlugin(plugin) || plugin.id !== id) {
    throw new PortcullisError(
      'plugin.invalid',
      `The package ${manifest.name} does not export the plugin ${id}.`,
      { hint: `Its default export must be { id: '${id}', register(registry) }.` },
    );
  }
  try {
    return registerGuarded(plugin, manifest);
  } catch (error) {
    if (PortcullisError.is(error)) throw error;
    throw new PortcullisError('plugin.failed', `The plugin ${id} failed while it registered.`, {
      hint: 'Report it to its author.',
      cause: error,
    });
  }
}
