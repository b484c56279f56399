/**
 * Commands about models.
 *
 * @module
 */
import type { ArgumentSpec, CommandSpec } from '../command.ts';
import { CHANGE_OPTIONS } from './config.ts';
import { JSON_OPTION, YES_OPTION } from './option.ts';

const MODEL_ARGUMENT: ArgumentSpec = {
  name: 'model',
  summary: 'A model, written <provider>/<model>.',
};

const using: readonly CommandSpec[] = [
  {
    name: 'models list',
    section: 'Models',
    summary: 'Show the models in use, the providers that could be, and servers on this machine.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw models list', does: 'See what there is.' }],
    local: true,
    load: async () => (await import('../commands/models/list.ts')).listModels,
  },
  {
    name: 'models status',
    section: 'Models',
    summary: 'Show which model answers for which agent, and whether it can be used.',
    options: [
      { name: 'agent', type: 'text', value: 'ID', summary: 'Only this agent.' },
      { name: 'check', type: 'flag', summary: 'End with 1 when an agent has no model it can use.' },
      { name: 'plain', type: 'flag', summary: 'Print the id of the default model alone.' },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw models status --check', does: 'Check from a script.' }],
    local: true,
    load: async () => (await import('../commands/models/status.ts')).showModels,
  },
  {
    name: 'models test',
    section: 'Models',
    summary: 'Ask a model one short question. Exit code 1 when it does not answer.',
    details: [
      'This is a real request to its server, of a few tokens, and may cost something. Nothing else sends one unless somebody writes to the agent.',
    ],
    arguments: [{ ...MODEL_ARGUMENT, optional: true }],
    options: [
      { name: 'all', type: 'flag', summary: 'Also the fallbacks.' },
      {
        name: 'timeout',
        type: 'count',
        value: 'MS',
        min: 100,
        max: 300_000,
        summary: 'How long it may take, in milliseconds (default 30000).',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw models test', does: 'See whether the model in use answers.' },
      { command: 'openclaw models test openai/gpt-5', does: 'Try one before using it.' },
    ],
    local: true,
    load: async () => (await import('../commands/models/test.ts')).testModels,
  },
  {
    name: 'models use',
    aliases: ['models set'],
    section: 'Models',
    summary: 'Choose the model of the agent.',
    details: [
      'A server on this machine is only used once you confirm it: any program can listen on its port.',
    ],
    arguments: [MODEL_ARGUMENT],
    options: [YES_OPTION, JSON_OPTION],
    examples: [
      { command: 'openclaw models use anthropic/claude-sonnet-4-5', does: 'Use Anthropic.' },
      { command: 'openclaw models use ollama/llama3.2:3b --yes', does: 'Use a local server.' },
    ],
    local: true,
    load: async () => (await import('../commands/models/list.ts')).chooseModel,
  },
];

const fallbacks: readonly CommandSpec[] = [
  {
    name: 'models fallbacks list',
    section: 'Models',
    summary: 'Show which models are tried when the first one fails.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw models fallbacks list', does: 'See them, in their order.' }],
    local: true,
    load: async () => (await import('../commands/models/fallbacks.ts')).listFallbacks,
  },
  {
    name: 'models fallbacks add',
    section: 'Models',
    summary: 'Try another model when those before it fail.',
    arguments: [MODEL_ARGUMENT],
    options: CHANGE_OPTIONS,
    examples: [
      { command: 'openclaw models fallbacks add ollama/llama3.2:3b', does: 'Fall back on it.' },
    ],
    local: true,
    load: async () => (await import('../commands/models/fallbacks.ts')).addFallback,
  },
  {
    name: 'models fallbacks remove',
    section: 'Models',
    summary: 'Take a fallback back.',
    arguments: [MODEL_ARGUMENT],
    options: CHANGE_OPTIONS,
    examples: [
      { command: 'openclaw models fallbacks remove ollama/llama3.2:3b', does: 'Leave it out.' },
    ],
    local: true,
    load: async () => (await import('../commands/models/fallbacks.ts')).removeFallback,
  },
  {
    name: 'models fallbacks clear',
    section: 'Models',
    summary: 'Take every fallback back.',
    options: CHANGE_OPTIONS,
    examples: [{ command: 'openclaw models fallbacks clear', does: 'Have one model only.' }],
    local: true,
    load: async () => (await import('../commands/models/fallbacks.ts')).clearFallbacks,
  },
];

/** Commands of the section "Models". */
export const modelCommands: readonly CommandSpec[] = [...using, ...fallbacks];
