/**
 * Which chat networks reach the agent, and who on them is the owner.
 *
 * @module
 */
import {
  type ConfigObject,
  type ConfigValue,
  getPath,
  isConfigObject,
} from '@portcullis/gateway/config';

import { type ChannelSecret, KNOWN_CHANNELS, type KnownChannel } from '../../channels/known.ts';
import { type Answers, NO_PATCH, type Patch, type Question, type Situation } from '../question.ts';

/** A network that can be set up here. */
export interface ChannelRow extends Omit<KnownChannel, 'wayIn'> {
  /** What it hands out; nothing where it is linked with an app. */
  readonly secrets: readonly ChannelSecret[];
}

/** The networks, in the order in which they are offered. */
export const CHANNELS: readonly ChannelRow[] = KNOWN_CHANNELS.map(({ wayIn, ...row }) => ({
  ...row,
  secrets: wayIn.kind === 'token' ? wayIn.ways[0].secrets : [],
}));

function blockOf(config: ConfigObject, id: string): ConfigObject | undefined {
  const block = getPath(config, `channels.${id}`);
  return isConfigObject(block) ? block : undefined;
}

/** Whether a network is configured and not switched off. */
export function isOn(config: ConfigObject, id: string): boolean {
  const block = blockOf(config, id);
  return block !== undefined && block['enabled'] !== false;
}

function chosen(answers: Answers): readonly string[] {
  return (answers.word('channels') ?? '').split(',').filter((each) => each !== '');
}

const whichChannels: Question = {
  id: 'channels',
  section: 'channels',
  depth: 'quick',
  prompt: ({ config }) => ({
    kind: 'several',
    message: 'Which chat networks reach the agent?',
    choices: CHANNELS.map(({ id, label }) => ({ value: id, label })),
    initial: CHANNELS.map(({ id }) => id).filter((id) => isOn(config, id)),
  }),
  problem: (word) => {
    const known = CHANNELS.map(({ id }) => id);
    const wrong = word.split(',').filter((each) => each !== '' && !known.includes(each));
    return wrong.length === 0 ? undefined : `Known here: ${known.join(', ')}.`;
  },
  patch: ({ config }, answers) => {
    if (answers.word('channels') === undefined) return NO_PATCH;
    const on = chosen(answers);
    return {
      edits: CHANNELS.flatMap(({ id }) => {
        if (!on.includes(id)) {
          return isOn(config, id) ? [{ path: `channels.${id}.enabled`, value: false }] : [];
        }
        const { enabled, dmPolicy } = blockOf(config, id) ?? {};
        return [
          ...(enabled === false ? [{ path: `channels.${id}.enabled`, value: true }] : []),
          ...(dmPolicy === undefined
            ? [{ path: `channels.${id}.dmPolicy`, value: 'pairing' }]
            : []),
        ];
      }),
    };
  },
};

/** The ids of the questions for the secrets of a network. */
export function channelSecretIds({ id, secrets }: ChannelRow): readonly string[] {
  return secrets.map(({ option }) => `${id}-${option}`);
}

function channelSecret(row: ChannelRow, secret: ChannelSecret): Question {
  const { key, what, form, option, variable } = secret;
  const path = `channels.${row.id}.${key}`;
  const id = `${row.id}-${option}`;
  return {
    id,
    section: 'channels',
    depth: 'quick',
    needed: true,
    applies: (_situation, answers) => chosen(answers).includes(row.id),
    prompt: ({ config, variables }) => ({
      kind: 'secret',
      message: `${row.label}: ${what}`,
      form,
      kept: [key, `${key}File`, 'tokenFile'].some(
        (each) => blockOf(config, row.id)?.[each] !== undefined,
      ),
      ...(variables.has(variable) && { variable }),
    }),
    patch: (_situation, answers) => {
      const given = answers.secret(id);
      return given === undefined || given === 'keep'
        ? NO_PATCH
        : { secrets: [{ path, secret: given }] };
    },
  };
}

/** Choices of a DM policy that open the door to everybody are offered with what they mean. */
function directMessages(row: ChannelRow): Question {
  const id = `${row.id}-dm-policy`;
  const path = `channels.${row.id}.dmPolicy`;
  return {
    id,
    section: 'channels',
    depth: 'section',
    applies: ({ config }, answers) =>
      answers.word('channels') === undefined
        ? isOn(config, row.id)
        : chosen(answers).includes(row.id),
    prompt: ({ config }) => ({
      kind: 'choice',
      message: `Who may write to the agent on ${row.label}?`,
      choices: [
        { value: 'pairing', label: 'Whom you approve', hint: 'strangers get a code, nothing else' },
        { value: 'allowlist', label: 'Whom the config lists', hint: 'strangers get no answer' },
        { value: 'disabled', label: 'Nobody, in private' },
        {
          value: 'open',
          label: 'Everybody',
          hint: 'strangers talk to your agent; needs allowFrom ["*"]',
        },
      ],
      initial: textAt(config, path) ?? 'pairing',
    }),
    patch: ({ config }, answers) => {
      const value = answers.word(id);
      if (value === undefined) return NO_PATCH;
      const edits = [{ path, value }];
      return value === 'open' ? { edits: [...edits, everybody(config, row.id)] } : { edits };
    },
  };
}

function everybody(config: ConfigObject, id: string): { path: string; value: ConfigValue } {
  const path = `channels.${id}.allowFrom`;
  const list = getPath(config, path);
  const there = Array.isArray(list) ? list : [];
  return { path, value: there.includes('*') ? there : [...there, '*'] };
}

function textAt(config: ConfigObject, path: string): string | undefined {
  const value = getPath(config, path);
  return typeof value === 'string' ? value : undefined;
}

const OWNERS = 'commands.ownerAllowFrom';

function listAt(config: ConfigObject, path: string): readonly ConfigValue[] {
  const value = getPath(config, path);
  return Array.isArray(value) ? value : [];
}

function hasChannel({ config }: Situation, answers: Answers): boolean {
  const isChosen = chosen(answers).length > 0;
  return (
    isChosen ||
    (answers.word('channels') === undefined && CHANNELS.some(({ id }) => isOn(config, id)))
  );
}

/** An owner as it is written: the network and the id of the person there. */
function ownerProblem(word: string, { config }: Situation, answers: Answers): string | undefined {
  if (word === '') return undefined;
  const [channel = '', id = ''] = [
    word.slice(0, word.indexOf(':')),
    word.slice(word.indexOf(':') + 1),
  ];
  const row = CHANNELS.find((each) => each.id === channel);
  if (row === undefined) {
    return `Write the network before the id, such as ${CHANNELS[0]?.id ?? 'telegram'}:123456789.`;
  }
  const reaches =
    answers.word('channels') === undefined
      ? isOn(config, row.id)
      : chosen(answers).includes(row.id);
  // Letting somebody in there would switch the network on.
  if (!reaches) return `${row.label} is not among the networks that reach the agent.`;
  return row.personId.test(id) ? undefined : `That is no id on ${row.label}: ${row.personHint}.`;
}

const owner: Question = {
  id: 'owner',
  section: 'owner',
  depth: 'quick',
  applies: hasChannel,
  prompt: ({ config }) => ({
    kind: 'text',
    message:
      listAt(config, OWNERS).length === 0
        ? 'Your own account, such as telegram:123456789 (empty: by pairing later)'
        : 'Another owner, such as telegram:123456789 (empty: none)',
    initial: '',
    optional: true,
  }),
  problem: ownerProblem,
  patch: ({ config }, answers) => ownerPatch(config, answers.word('owner') ?? ''),
};

/** Makes an account owner, and lets it in: an owner whom the door keeps out is none. */
function ownerPatch(config: ConfigObject, word: string): Patch {
  if (word === '') return NO_PATCH;
  const [channel, id] = [word.slice(0, word.indexOf(':')), word.slice(word.indexOf(':') + 1)];
  const owners = listAt(config, OWNERS);
  const path = `channels.${channel}.allowFrom`;
  const people = listAt(config, path);
  const isIn = people.some((each) => String(each) === id);
  return {
    edits: [
      ...(owners.includes(word) ? [] : [{ path: OWNERS, value: [...owners, word] }]),
      ...(isIn ? [] : [{ path, value: [...people, id] }]),
    ],
  };
}

/** The questions of both sections. */
export const channelQuestions: readonly Question[] = [
  whichChannels,
  ...CHANNELS.flatMap((row) => [
    ...row.secrets.map((secret) => channelSecret(row, secret)),
    directMessages(row),
  ]),
  owner,
];
