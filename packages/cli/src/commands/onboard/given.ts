/**
 * Answers out of the options of a call.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { Invocation } from '../../command.ts';
import { formProblem } from '../../onboard/ask.ts';
import { GivenAnswers } from '../../onboard/plan.ts';
import type { Answers, Question, Situation } from '../../onboard/question.ts';
import { CHANNELS, channelSecretIds, isOn } from '../../onboard/questions/channels.ts';
import { HOSTED, LOCAL, chosenModel } from '../../onboard/questions/model.ts';
import { inVariable } from '../../secrets/given-secret.ts';
import { givenSecret } from '../secrets/given.ts';

/** Where a provider is called otherwise on the command line. */
const CHOICES: Readonly<Record<string, string>> = {
  apiKey: 'anthropic',
  'custom-api-key': 'custom',
  ...Object.fromEntries(Object.keys(HOSTED).map((id) => [`${id}-api-key`, id])),
  ...Object.fromEntries(Object.keys(LOCAL).map((id) => [id, id])),
};

/** Options whose text is the answer to the question of the same name. */
const TEXTS = [
  'baseline',
  'workspace',
  'custom-base-url',
  'custom-provider-id',
  'custom-compatibility',
  'owner',
  'tools',
  'sandbox',
  'gateway-port',
  'gateway-bind',
  'gateway-custom-host',
  'allowed-origins',
  'tailscale',
  'gateway-auth',
  ...CHANNELS.map(({ id }) => `${id}-dm-policy`),
] as const;

const SECRETS = [
  'model-key',
  'gateway-token',
  'gateway-password',
  ...CHANNELS.flatMap(channelSecretIds),
];

/**
 * Reads the answers that a call gives.
 *
 * @throws PortcullisError `usage.invalid_value` for an answer that cannot be, or that answers nothing
 * here; what {@link givenSecret} throws.
 */
export async function givenAnswers(
  invocation: Invocation,
  questions: readonly Question[],
  situation: Situation,
): Promise<GivenAnswers> {
  const { input } = invocation;
  const answers = new GivenAnswers();
  for (const id of TEXTS) {
    const word = input.text(id);
    if (word !== undefined) answers.set(id, word, 'word');
  }
  readModel(invocation, situation, answers);
  await readSecrets(invocation, answers);
  readChannels(invocation, situation, answers);
  for (const question of questions) checkAnswer(question, situation, answers);
  return answers;
}

function readModel({ input }: Invocation, { config }: Situation, answers: GivenAnswers): void {
  const [choice, model] = [input.text('auth-choice'), input.text('model')];
  const custom = input.text('custom-base-url');
  if (choice === 'skip') {
    answers.set('provider', chosenModel(config) === undefined ? 'offline' : 'keep', 'word');
    return;
  }
  const slash = model?.indexOf('/') ?? -1;
  const [before, after] = [model?.slice(0, Math.max(slash, 0)), model?.slice(slash + 1)];
  const chosen = choice === undefined ? undefined : (CHOICES[choice] ?? choice);
  const provider = chosen ?? (custom === undefined ? before : 'custom');
  if (provider === undefined) return;
  if (
    provider === '' ||
    (chosen !== undefined &&
      before !== undefined &&
      before !== '' &&
      before !== chosen &&
      chosen !== 'custom')
  ) {
    throw new PortcullisError('usage.invalid_value', '--model names no model of that provider.', {
      hint: 'Write <provider>/<model>, such as anthropic/claude-sonnet-4-5.',
    });
  }
  answers.set('provider', provider, 'word');
  if (provider === 'offline') return;
  const name = input.text('custom-model-id') ?? after ?? HOSTED[provider]?.suggested;
  if (name !== undefined && name !== '') answers.set('model', name, 'word');
}

async function readSecrets(invocation: Invocation, answers: GivenAnswers): Promise<void> {
  const { input } = invocation;
  const piped = SECRETS.filter((name) => input.flag(`${name}-stdin`));
  if (piped.length > 1) {
    throw new PortcullisError('usage.invalid_value', 'Only one secret fits on standard input.', {
      hint: `Hand over the others in files: --${piped[1] ?? ''}-file PATH`,
    });
  }
  for (const name of SECRETS) {
    const secret = await givenSecret(invocation, name);
    if (secret !== undefined) answers.set(name, secret, 'secret');
  }
  const variable = input.text('gateway-token-ref-env');
  const named = variable === undefined ? undefined : inVariable(variable);
  if (variable !== undefined && named === undefined) {
    throw new PortcullisError(
      'usage.invalid_value',
      '--gateway-token-ref-env needs the name of a variable.',
      {
        hint: 'Names are upper-case letters, digits and "_".',
      },
    );
  }
  if (named !== undefined) answers.set('gateway-token', named, 'secret');
  if (input.flag('new-gateway-token')) answers.set('gateway-token', 'fresh', 'secret');
}

/** A network whose secret is given is meant, beside those that are on. */
function readChannels({ input }: Invocation, { config }: Situation, answers: GivenAnswers): void {
  const named = input.text('channel');
  const given = CHANNELS.filter((row) =>
    channelSecretIds(row).some((id) => answers.secret(id) !== undefined),
  );
  if (named === undefined && given.length === 0) return;
  if (input.flag('skip-channels')) {
    throw new PortcullisError(
      'usage.invalid_value',
      '--skip-channels leaves no network to set up.',
      { hint: 'Leave it out.' },
    );
  }
  const wanted =
    named ??
    CHANNELS.filter(({ id }) => isOn(config, id))
      .map(({ id }) => id)
      .join(',');
  const ids = [...wanted.split(','), ...given.map(({ id }) => id)].map((each) => each.trim());
  answers.set('channels', [...new Set(ids.filter((each) => each !== ''))].join(','), 'word');
}

/** An answer must be one, and must be to something that is asked. */
function checkAnswer(question: Question, situation: Situation, answers: Answers): void {
  const { id } = question;
  const word = answers.word(id);
  if (word === undefined && answers.secret(id) === undefined) return;
  if (question.applies?.(situation, answers) === false) {
    throw new PortcullisError('usage.invalid_value', `${optionOf(id)} changes nothing here.`, {
      hint: 'It goes with another answer: see openclaw help onboard.',
    });
  }
  const problem =
    word === undefined
      ? secretFault(question, situation, answers)
      : problemOf(question, word, situation, answers);
  if (problem !== undefined) {
    throw new PortcullisError('usage.invalid_value', `${optionOf(id)}: ${problem}`, {
      hint: 'See openclaw help onboard.',
    });
  }
}

function secretFault(
  question: Question,
  situation: Situation,
  answers: Answers,
): string | undefined {
  const secret = answers.secret(question.id);
  const prompt = question.prompt(situation, answers);
  const isText = typeof secret === 'object' && secret.text !== undefined;
  return isText && prompt.kind === 'secret' ? formProblem(prompt, secret.text) : undefined;
}

function problemOf(
  question: Question,
  word: string,
  situation: Situation,
  answers: Answers,
): string | undefined {
  if (question.problem !== undefined) return question.problem(word, situation, answers);
  const prompt = question.prompt(situation, answers);
  if (prompt.kind !== 'choice') return undefined;
  const isKnown = question.id === 'provider' || prompt.choices.some(({ value }) => value === word);
  return isKnown
    ? undefined
    : `Write one of: ${prompt.choices.map(({ value }) => value).join(', ')}.`;
}

function optionOf(id: string): string {
  const names: Readonly<Record<string, string>> = { provider: 'model', channels: 'channel' };
  return `--${names[id] ?? id}`;
}
