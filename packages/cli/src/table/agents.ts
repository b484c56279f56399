/**
 * Commands about agents: who answers, and where.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { CHANGE_OPTIONS } from './config.ts';
import { JSON_OPTION } from './option.ts';

const AGENT_OPTION: OptionSpec = {
  name: 'agent',
  type: 'text',
  value: 'ID',
  summary: 'Which agent (default: the default one).',
};

const BIND_OPTION: OptionSpec = {
  name: 'bind',
  type: 'text',
  value: 'WHERE',
  summary: 'A network, or an account of one: telegram, telegram:work; several with commas.',
};

const listing: readonly CommandSpec[] = [
  {
    name: 'agents list',
    aliases: ['agents'],
    section: 'Agents',
    summary: 'Show the agents: name, model, workspace, and how much is bound to them.',
    options: [
      { name: 'bindings', type: 'flag', summary: 'Also what is bound to each.' },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw agents list --bindings', does: 'See who answers where.' }],
    local: true,
    load: async () => (await import('../commands/agents/list.ts')).listAgents,
  },
  {
    name: 'agents bindings',
    section: 'Agents',
    summary: 'Show which agent answers where.',
    options: [{ ...AGENT_OPTION, summary: 'Only what is bound to this agent.' }, JSON_OPTION],
    examples: [
      { command: 'openclaw agents bindings --agent support', does: 'See where it answers.' },
    ],
    local: true,
    load: async () => (await import('../commands/agents/list.ts')).listBindings,
  },
];

const changing: readonly CommandSpec[] = [
  {
    name: 'agents add',
    section: 'Agents',
    summary: 'Add an agent with a workspace and conversations of its own.',
    details: [
      'It has the tools and limits of all agents until agents.entries.<id>.tools says less. The agent that answered before stays the default one.',
    ],
    arguments: [{ name: 'name', summary: 'Its name; its id is made of it.' }],
    options: [
      {
        name: 'workspace',
        type: 'text',
        value: 'DIR',
        summary: 'Directory with its files (default: workspace-<id> in the state directory).',
      },
      { name: 'model', type: 'text', value: 'MODEL', summary: 'Its model, as provider/model.' },
      BIND_OPTION,
      ...CHANGE_OPTIONS,
    ],
    examples: [
      { command: 'openclaw agents add support --bind telegram:work', does: 'Let it answer there.' },
    ],
    local: true,
    load: async () => (await import('../commands/agents/change.ts')).addAgent,
  },
  {
    name: 'agents bind',
    section: 'Agents',
    summary: 'Let an agent answer on a network or an account of it.',
    options: [AGENT_OPTION, BIND_OPTION, ...CHANGE_OPTIONS],
    examples: [
      { command: 'openclaw agents bind --agent support --bind telegram:work', does: 'Bind it.' },
    ],
    local: true,
    load: async () => (await import('../commands/agents/bindings.ts')).bindAgent,
  },
  {
    name: 'agents unbind',
    section: 'Agents',
    summary: 'Take a binding of an agent back.',
    options: [
      AGENT_OPTION,
      BIND_OPTION,
      { name: 'all', type: 'flag', summary: 'Everything that is bound to it.' },
      ...CHANGE_OPTIONS,
    ],
    examples: [
      { command: 'openclaw agents unbind --agent support --all', does: 'Let it answer nowhere.' },
    ],
    local: true,
    load: async () => (await import('../commands/agents/bindings.ts')).unbindAgent,
  },
  {
    name: 'agents set-identity',
    section: 'Agents',
    summary: 'Say how an agent shows itself.',
    details: ['The name is also what it listens to in rooms. The others are kept for clients.'],
    options: [
      AGENT_OPTION,
      { name: 'name', type: 'text', value: 'TEXT', summary: 'Its name.' },
      { name: 'emoji', type: 'text', value: 'EMOJI', summary: 'A sign for it.' },
      { name: 'theme', type: 'text', value: 'TEXT', summary: 'Its manner.' },
      { name: 'avatar', type: 'text', value: 'PLACE', summary: 'Its picture.' },
      ...CHANGE_OPTIONS,
    ],
    examples: [
      { command: 'openclaw agents set-identity --agent main --name Ada', does: 'Call it Ada.' },
    ],
    local: true,
    load: async () => (await import('../commands/agents/change.ts')).setIdentity,
  },
  {
    name: 'agents delete',
    section: 'Agents',
    summary: 'Delete an agent and what is bound to it. Its files and conversations stay.',
    arguments: [{ name: 'id', summary: 'The agent.' }],
    options: [
      { name: 'force', type: 'flag', summary: 'Do not ask for confirmation.' },
      ...CHANGE_OPTIONS,
    ],
    examples: [{ command: 'openclaw agents delete support', does: 'Delete it after asking.' }],
    local: true,
    load: async () => (await import('../commands/agents/change.ts')).deleteAgent,
  },
];

/** Commands of the section "Agents". */
export const agentCommands: readonly CommandSpec[] = [...listing, ...changing];
