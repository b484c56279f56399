/**
 * Commands about servers of tools.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { JSON_OPTION } from './option.ts';

const SERVER_ARGUMENT = {
  name: 'server',
  summary: 'The server, by its key below mcp.servers.',
};

/** Commands about servers of tools. */
export const mcpCommands: readonly CommandSpec[] = [
  {
    name: 'mcp list',
    aliases: ['mcp status'],
    section: 'Set up',
    summary: 'Show the MCP servers, how they are doing and how many of their tools are offered.',
    details: ['Connects to none.'],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw mcp list', does: 'See which servers there are.' }],
    load: async () => (await import('../commands/mcp.ts')).listServers,
  },
  {
    name: 'mcp show',
    section: 'Set up',
    summary: 'Connect to an MCP server and print what it offers beside what was accepted.',
    arguments: [SERVER_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw mcp show files', does: 'Read it before you accept it.' }],
    load: async () => (await import('../commands/mcp.ts')).showServer,
  },
  {
    name: 'mcp test',
    aliases: ['mcp probe'],
    section: 'Set up',
    summary: 'Connect to an MCP server and say whether it answers. Exit code 1 when it does not.',
    arguments: [SERVER_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw mcp test files', does: 'See whether it starts.' }],
    load: async () => (await import('../commands/mcp.ts')).testServer,
  },
  {
    name: 'mcp accept',
    section: 'Set up',
    summary:
      'Let the agent be offered the tools of an MCP server, as the server describes them now.',
    details: [
      'Prints every tool first and asks for confirmation. A tool that the server describes differently later is withheld until it is accepted again.',
      'In a script, give the digest that "openclaw mcp show" printed: nothing else is accepted than what it names.',
    ],
    arguments: [SERVER_ARGUMENT],
    options: [
      {
        name: 'digest',
        type: 'text',
        value: 'HEX',
        summary: 'Accept exactly what this digest names, without asking.',
      },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw mcp accept files', does: 'Take what it offers.' }],
    load: async () => (await import('../commands/mcp.ts')).acceptServer,
  },
];
