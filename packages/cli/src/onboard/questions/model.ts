/**
 * Which model the agent uses, where it is, and the key for it.
 *
 * @module
 */
import {
  type ConfigEdit,
  type ConfigObject,
  formatPath,
  getPath,
  isConfigObject,
} from '@portcullis/gateway/config';
import type { LocalServer } from '@portcullis/models';

import type { Choice } from '../../terminal/prompter.ts';
import { type Answers, NO_PATCH, type Question, type Situation } from '../question.ts';

/** The model that answers where none was chosen. */
export const OFFLINE = 'offline/demo';

const MODEL_KEY = 'agents.defaults.model';

/** Providers on the network that are built in. */
interface Hosted {
  readonly label: string;
  /** What to start from; another can be typed. */
  readonly suggested: string;
  readonly variable: string;
}

/** Providers that need a key, by id. */
export const HOSTED: Readonly<Record<string, Hosted>> = {
  anthropic: {
    label: 'Anthropic',
    suggested: 'claude-sonnet-4-5',
    variable: 'ANTHROPIC_API_KEY',
  },
  openai: { label: 'OpenAI', suggested: 'gpt-5-mini', variable: 'OPENAI_API_KEY' },
  openrouter: {
    label: 'OpenRouter',
    suggested: 'anthropic/claude-sonnet-4.5',
    variable: 'OPENROUTER_API_KEY',
  },
};

/** Servers on this machine, by id. */
export const LOCAL: Readonly<Record<string, string>> = {
  ollama: 'Ollama',
  lmstudio: 'LM Studio',
  llamacpp: 'llama.cpp',
};

/** Wire formats of a server of one's own, as `--custom-compatibility` names them. */
const COMPATIBILITY: Readonly<Record<string, string>> = {
  openai: 'openai-completions',
  'openai-responses': 'openai-responses',
  anthropic: 'anthropic-messages',
};

/** The first choice of the config. */
export function chosenModel(config: ConfigObject): string | undefined {
  const choice = getPath(config, MODEL_KEY);
  if (typeof choice === 'string') return choice;
  const primary = isConfigObject(choice) ? choice['primary'] : undefined;
  return typeof primary === 'string' ? primary : undefined;
}

/** Keeps the fallbacks that stand beside the first choice. */
export function choiceEdit(config: ConfigObject, id: string): ConfigEdit {
  const isObject = isConfigObject(getPath(config, MODEL_KEY));
  return { path: isObject ? `${MODEL_KEY}.primary` : MODEL_KEY, value: id };
}

/** The entry of a server on this machine that somebody agreed to. */
export function serverEdit({ kind, baseUrl }: LocalServer, model: string): ConfigEdit {
  const value = { baseUrl, api: 'openai-completions', models: [{ id: model }] };
  return { path: providerPath(kind), value };
}

function providerPath(id: string, ...rest: readonly string[]): string {
  return formatPath(['models', 'providers', id, ...rest]);
}

/** Where the key of a provider is named. */
export function keyPath(id: string): string {
  return providerPath(id, 'apiKey');
}

function provider(answers: Answers): string {
  return answers.word('provider') ?? 'keep';
}

/** The id of the provider in the config. */
function providerId(answers: Answers): string {
  return provider(answers) === 'custom'
    ? (answers.word('custom-provider-id') ?? 'custom')
    : provider(answers);
}

function serverOf({ servers }: Situation, answers: Answers): LocalServer | undefined {
  return servers.find(({ kind }) => kind === provider(answers));
}

function providerChoices({ config, servers, variables }: Situation): readonly Choice[] {
  const current = chosenModel(config);
  return [
    ...(current === undefined
      ? []
      : [{ value: 'keep', label: `Keep ${current}` } satisfies Choice]),
    ...servers
      .filter(({ models }) => models.length > 0)
      .map(({ kind, baseUrl, models }) => ({
        value: kind,
        label: `${LOCAL[kind] ?? kind} on this machine`,
        hint: `${baseUrl}, ${String(models.length)} ${models.length === 1 ? 'model' : 'models'}; it reads every conversation`,
      })),
    ...Object.entries(HOSTED).map(([value, { label, variable }]) => ({
      value,
      label,
      hint: variables.has(variable) ? `${variable} is set` : 'needs a key',
    })),
    { value: 'custom', label: 'Another server', hint: 'with an interface like one of theirs' },
    { value: 'offline', label: 'None yet', hint: 'a model without intelligence answers' },
  ];
}

const modelProvider: Question = {
  id: 'provider',
  section: 'model',
  depth: 'quick',
  prompt: (situation) => ({
    kind: 'choice',
    message: 'Which model answers?',
    choices: providerChoices(situation),
    initial: chosenModel(situation.config) === undefined ? 'offline' : 'keep',
  }),
  patch: (situation, answers) =>
    provider(answers) === 'offline' ? { edits: [choiceEdit(situation.config, OFFLINE)] } : NO_PATCH,
};

const SERVER_URL = /^https?:\/\/[^\s/]+(?:\/\S*)?$/u;

const customUrl: Question = {
  id: 'custom-base-url',
  section: 'model',
  depth: 'quick',
  needed: true,
  applies: (_situation, answers) => provider(answers) === 'custom',
  prompt: () => ({
    kind: 'text',
    message: 'Address of the server',
    initial: 'http://127.0.0.1:9000/v1',
  }),
  problem: (word) => {
    const url = SERVER_URL.test(word) ? URL.parse(word) : null;
    if (url === null) return 'Write an address such as https://models.example/v1.';
    return url.username === '' && url.password === '' && url.search === ''
      ? undefined
      : 'An address holds no secret: the key is asked for next.';
  },
  patch: (_situation, answers) => {
    const value = answers.word('custom-base-url');
    return value === undefined
      ? NO_PATCH
      : { edits: [{ path: providerPath(providerId(answers), 'baseUrl'), value }] };
  },
};

const customId: Question = {
  id: 'custom-provider-id',
  section: 'model',
  depth: 'quick',
  applies: customUrl.applies ?? (() => true),
  prompt: () => ({ kind: 'text', message: 'A name for the server', initial: 'custom' }),
  problem: (word) => {
    if (!/^[a-z][a-z0-9_-]{0,39}$/u.test(word)) {
      return 'Use up to 40 small letters, digits, "-" and "_", beginning with a letter.';
    }
    const isTaken =
      [HOSTED, LOCAL].some((known) => Object.hasOwn(known, word)) || word === 'offline';
    return isTaken ? 'That is the name of a provider that is built in.' : undefined;
  },
  patch: () => NO_PATCH,
};

const customFormat: Question = {
  id: 'custom-compatibility',
  section: 'model',
  depth: 'quick',
  applies: customUrl.applies ?? (() => true),
  prompt: () => ({
    kind: 'choice',
    message: 'Whose interface does it have?',
    choices: [
      { value: 'openai', label: 'OpenAI, chat completions', hint: 'most servers' },
      { value: 'openai-responses', label: 'OpenAI, responses' },
      { value: 'anthropic', label: 'Anthropic, messages' },
    ],
    initial: 'openai',
  }),
  patch: (_situation, answers) => {
    const value =
      COMPATIBILITY[answers.word('custom-compatibility') ?? 'openai'] ?? 'openai-completions';
    return { edits: [{ path: providerPath(providerId(answers), 'api'), value }] };
  },
};

const modelName: Question = {
  id: 'model',
  section: 'model',
  depth: 'quick',
  needed: true,
  applies: (_situation, answers) => !['keep', 'offline'].includes(provider(answers)),
  prompt: (situation, answers) => {
    const server = serverOf(situation, answers);
    const message = 'Which of its models?';
    if (server !== undefined && server.models.length > 0) {
      const choices = server.models.map((value) => ({ value, label: value }));
      return { kind: 'choice', message, choices, initial: server.models[0] ?? '' };
    }
    return { kind: 'text', message, initial: HOSTED[provider(answers)]?.suggested ?? '' };
  },
  problem: (word, situation, answers) => {
    if (!/^[\w.:/@+-]{1,200}$/u.test(word)) return 'A model is named without blanks.';
    const server = serverOf(situation, answers);
    if (server === undefined || server.models.includes(word)) return undefined;
    return `${LOCAL[server.kind] ?? server.kind} has no such model. It has: ${server.models.join(', ') || 'none yet'}.`;
  },
  patch: (situation, answers) => {
    const model = answers.word('model');
    if (model === undefined) return NO_PATCH;
    const { config } = situation;
    const id = providerId(answers);
    const server = serverOf(situation, answers);
    const isKnown = getPath(config, providerPath(id)) !== undefined;
    return {
      edits: [
        choiceEdit(config, `${id}/${model}`),
        ...(server === undefined || isKnown ? [] : [serverEdit(server, model)]),
        ...(provider(answers) === 'custom' ? customModels(config, id, model) : []),
      ],
    };
  },
};

/** The list of a server's models, this one in it. */
function customModels(config: ConfigObject, id: string, model: string): readonly ConfigEdit[] {
  const path = providerPath(id, 'models');
  const written = getPath(config, path);
  const there = Array.isArray(written) ? written : [];
  const isThere = there.some((each) => isConfigObject(each) && each['id'] === model);
  return isThere ? [] : [{ path, value: [...there, { id: model }] }];
}

const modelKey: Question = {
  id: 'model-key',
  section: 'model',
  depth: 'quick',
  needed: true,
  applies: (_situation, answers) =>
    Object.hasOwn(HOSTED, provider(answers)) || provider(answers) === 'custom',
  prompt: ({ config, variables }, answers) => {
    const hosted = HOSTED[provider(answers)];
    const variable = hosted?.variable;
    return {
      kind: 'secret',
      message: hosted === undefined ? 'The key of the server' : `The key for ${hosted.label}`,
      kept: getPath(config, keyPath(providerId(answers))) !== undefined,
      ...(variable !== undefined && variables.has(variable) && { variable }),
      ...(hosted === undefined && { optional: true }),
    };
  },
  patch: (_situation, answers) => {
    const secret = answers.secret('model-key');
    return secret === undefined || secret === 'keep'
      ? NO_PATCH
      : { secrets: [{ path: keyPath(providerId(answers)), secret }] };
  },
};

/** The questions of the section. */
export const modelQuestions: readonly Question[] = [
  modelProvider,
  customUrl,
  customId,
  customFormat,
  modelName,
  modelKey,
];
