/**
 * Every tool there is right now: those of packages and those of tool servers.
 *
 * @module
 */
import type { ModelTool, Registered, Tool } from '@portcullis/core';
import type { RegisteredTool } from '@portcullis/policy/tools';

import type { ServerTool } from './tool-servers.ts';

/** A tool of a package, or one of a server. */
export type AnyTool = { readonly own: Tool } | { readonly served: ServerTool };

/** Where tools are found by name. */
export class Toolbox {
  readonly #registry: Registered;
  readonly #served: () => ReadonlyMap<string, ServerTool>;

  constructor(registry: Registered, served: () => ReadonlyMap<string, ServerTool>) {
    this.#registry = registry;
    this.#served = served;
  }

  /** A tool of a package goes before one of a server. */
  get(name: string): AnyTool | undefined {
    const own = this.#registry.tools.get(name);
    if (own !== undefined) return { own };
    const served = this.#served().get(name);
    return served === undefined ? undefined : { served };
  }

  /** As models are offered them. */
  all(): readonly ModelTool[] {
    return [...this.#registry.tools.values(), ...this.#served().values()].map(
      ({ name, description, inputSchema }) => ({ name, description, inputSchema }),
    );
  }

  /** As tool policy knows them. */
  registered(): readonly RegisteredTool[] {
    const { tools, toolPlugins } = this.#registry;
    const own = [...tools.keys()].map((name) => ({
      name,
      pluginId: toolPlugins?.get(name) ?? name,
    }));
    const served = [...this.#served().values()].map(({ name, pluginId }) => ({
      name,
      pluginId,
      mcp: true,
    }));
    return [...own, ...served];
  }
}
