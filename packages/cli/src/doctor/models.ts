/**
 * Checks of the model.
 *
 * @module
 */
import { PortcullisError, type Secret, silentLogger } from '@portcullis/core';
import { getPath } from '@portcullis/gateway/config';
import { type ResolvedModel, resolveModels } from '@portcullis/models/config';

import { type Check, type Found, fail, pass, skip, warn } from './check.ts';
import { sentence } from './config.ts';
import type { Subject } from './subject.ts';

const MODEL_KEY = 'agents.defaults.model';
const PROBE_MS = 5000;
const ANSWER_LIMIT = 2_000_000;

function resolved({ config, secrets }: Subject): readonly ResolvedModel[] | PortcullisError {
  try {
    return resolveModels(config.value, { secrets, log: silentLogger });
  } catch (error) {
    if (PortcullisError.is(error)) return error;
    throw error;
  }
}

async function chosen(subject: Subject): Promise<readonly Found[]> {
  if (getPath(subject.config.value, MODEL_KEY) !== undefined) return [];
  const servers = await subject.discoverLocalServers();
  const here = servers.flatMap(({ kind, models }) => models.map((model) => `${kind}/${model}`));
  const [first = '<provider>/<model>'] = here;
  return [
    warn('No model is chosen: the offline stand-in answers.', `openclaw models use ${first}`, {
      path: MODEL_KEY,
      ...(here.length > 0 && { more: here.map((each) => `on this machine: ${each}`) }),
    }),
  ];
}

function usable(subject: Subject): readonly Found[] {
  if (getPath(subject.config.value, MODEL_KEY) === undefined) return [];
  const models = resolved(subject);
  if (models instanceof Error) {
    return [
      fail(sentence(models.message), models.hint ?? 'openclaw models list', { path: MODEL_KEY }),
    ];
  }
  return [pass(`In use: ${models.map(({ id }) => id).join(', then ')}.`)];
}

async function reachable(subject: Subject): Promise<readonly Found[]> {
  const models = resolved(subject);
  if (models instanceof Error) return [];
  const remote = models.filter(({ source }) => source.baseUrl !== undefined);
  if (remote.length === 0) return [];
  if (!subject.probe)
    return [skip('Whether the servers of the models answer is asked with --probe.')];
  return await Promise.all(remote.map((model) => ask(subject, model)));
}

/** What a server wants to see of a key. */
function credentials(api: string, key: Secret | undefined): Readonly<Record<string, string>> {
  if (key === undefined) return {};
  return api === 'anthropic-messages'
    ? { 'x-api-key': key.reveal(), 'anthropic-version': '2023-06-01' }
    : { authorization: `Bearer ${key.reveal()}` };
}

/** Asks for the list of models, which costs nothing. */
async function ask({ machine }: Subject, { id, api, source }: ResolvedModel): Promise<Found> {
  const { baseUrl = '', apiKey, headers = {}, model } = source;
  const origin = URL.parse(baseUrl)?.origin ?? baseUrl;
  const path = { path: `models.providers.${source.provider}` };
  try {
    const response = await machine.fetch(`${baseUrl.replace(/\/$/u, '')}/models`, {
      redirect: 'error',
      signal: AbortSignal.timeout(PROBE_MS),
      headers: {
        ...credentials(api, apiKey),
        ...Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [
            name,
            typeof value === 'string' ? value : value.reveal(),
          ]),
        ),
      },
    });
    const { status } = response;
    if (status === 401 || status === 403) {
      const remedy = `openclaw config set models.providers.${source.provider}.apiKey --stdin`;
      return fail(`${origin} refuses the key of ${id} (${status}).`, remedy, path);
    }
    if (!response.ok) {
      return warn(
        `${origin} answers ${status} where it should list its models.`,
        'openclaw models list',
        path,
      );
    }
    const listed = namesIn(await textOf(response));
    if (listed !== undefined && listed.length > 0 && !listed.includes(model)) {
      return warn(`${origin} answers, and does not list ${model}.`, 'openclaw models list', path);
    }
    return pass(`${origin} answers for ${id}.`);
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    const what = isLate ? 'does not answer in time' : 'cannot be reached';
    return fail(
      `${origin} ${what}.`,
      'Start that server, or: openclaw models use <provider>/<model>',
      path,
    );
  }
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    // Leaving the loop hangs up.
    if (text.length > ANSWER_LIMIT) return '';
  }
  return text;
}

/** Ids of a list of models; undefined for an answer of another shape. */
function namesIn(text: string): readonly string[] | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const isList = typeof answer === 'object' && answer !== null && 'data' in answer;
    if (!isList || !Array.isArray(answer.data)) return undefined;
    return answer.data.flatMap((each: unknown) =>
      typeof each === 'object' && each !== null && 'id' in each ? [String(each.id)] : [],
    );
  } catch {
    return undefined;
  }
}

/** Checks of the model. */
export const modelChecks: readonly Check[] = [
  {
    id: 'model.chosen',
    group: 'model',
    about: 'That a model is chosen; else which servers on this machine could be.',
    look: chosen,
  },
  {
    id: 'model.usable',
    group: 'model',
    about: 'That its provider and key are there.',
    look: usable,
  },
  {
    id: 'model.reachable',
    group: 'model',
    about:
      'That its server answers and takes the key. With `--probe`; asks for a list, which is free.',
    look: reachable,
  },
];
