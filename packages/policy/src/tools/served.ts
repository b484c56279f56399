/**
 * Tools of MCP servers by the names they are offered under: `<server>__<tool>`.
 *
 * @module
 */
import { isObject, own } from '../setting.ts';
import type { RegisteredTool } from './names.ts';

const PREFIX_CHARS = 30;

/** What stands before the names of a server's tools: lower case, letters, digits, `_` and `-`. */
export function serverPrefix(server: string): string {
  const plain = server.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '-');
  return (/^[a-z]/.test(plain) ? plain : `s${plain}`).slice(0, PREFIX_CHARS);
}

/** The tool of a configured server that goes by `name`; undefined when no server could offer it. */
export function servedTool(config: unknown, name: string): RegisteredTool | undefined {
  const servers = own(own(config, 'mcp'), 'servers');
  if (!isObject(servers)) return undefined;
  const server = Object.keys(servers).find((id) => {
    const block = own(servers, id);
    const isOn = isObject(block) && own(block, 'enabled') !== false;
    return isOn && name.startsWith(`${serverPrefix(id)}__`);
  });
  return server === undefined
    ? undefined
    : { name, pluginId: `mcp:${server.toLowerCase()}`, mcp: true };
}
