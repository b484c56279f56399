/**
 * `openclaw models`: which models there are, and which one the agent uses.
 *
 * @module
 */
import { PortcullisError, silentLogger } from '@portcullis/core';
import {
  type ConfigEdit,
  type ConfigObject,
  type LoadedConfig,
  createSecrets,
  getPath,
  isConfigObject,
  loadConfig,
  nearest,
  ownValue,
} from '@portcullis/gateway/config';
import type { LocalServer } from '@portcullis/models';
import { builtInProviders, resolveModels } from '@portcullis/models/config';

import type { CommandHandler, Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { type Piece, styled } from '../../terminal/style.ts';
import { changeConfig } from '../config/change.ts';

/** Where the model of all agents is chosen. */
export const MODEL_KEY = 'agents.defaults.model';

/** What is used when nothing is chosen. */
const DEFAULT_MODEL = 'offline/demo';

/** The config as its file has it. */
export function load({ context: { env, paths } }: Invocation): LoadedConfig {
  return loadConfig({ env, paths });
}

function discover({ doors, out }: Invocation): Promise<readonly LocalServer[]> {
  return out.during('Looking for servers on this machine', doors.discoverLocalServers());
}

/** The models the config names, or an agent of it, the first choice first. */
export function chosenModels(config: ConfigObject, path: string = MODEL_KEY): readonly string[] {
  const choice = getPath(config, path) ?? getPath(config, MODEL_KEY);
  if (typeof choice === 'string') return [choice];
  const { primary, fallbacks } = isConfigObject(choice) ? choice : {};
  const others = Array.isArray(fallbacks) ? fallbacks : [];
  const named = [primary, ...others].filter((each) => typeof each === 'string');
  return named.length === 0 ? [DEFAULT_MODEL] : named;
}

/** Why a model cannot be used, or undefined. */
export function obstacle(
  { context }: Invocation,
  config: LoadedConfig,
  id: string,
): string | undefined {
  const secrets = createSecrets(config, config.env, context.paths);
  try {
    resolveModels(config.value, {
      secrets,
      log: silentLogger,
      choice: { value: id, path: MODEL_KEY },
    });
    return undefined;
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return `${error.message} ${error.hint ?? ''}`.trim();
  }
}

interface Provider {
  readonly id: string;
  readonly configured: boolean;
  readonly baseUrl: string | undefined;
  readonly keyVariable: string | undefined;
}

function providersOf(config: ConfigObject): readonly Provider[] {
  const written = getPath(config, 'models.providers');
  const configured = isConfigObject(written) ? written : {};
  const builtIn = getPath(config, 'models.mode') === 'replace' ? {} : builtInProviders;
  return [...new Set([...Object.keys(configured), ...Object.keys(builtIn)])].map((id) => {
    const known = Object.hasOwn(builtIn, id) ? builtIn[id] : undefined;
    const own = ownValue(ownValue(configured, id), 'baseUrl');
    const baseUrl = typeof own === 'string' ? own : known?.baseUrl;
    const keyVariable = known?.keyVariable;
    return { id, configured: Object.hasOwn(configured, id), baseUrl, keyVariable };
  });
}

/** `openclaw models list`. */
export const listModels: CommandHandler = async (invocation) => {
  const { out, json } = invocation;
  const config = load(invocation);
  const active = chosenModels(config.value).map((id) => {
    const reason = obstacle(invocation, config, id);
    return { id, available: reason === undefined, reason };
  });
  const providers = providersOf(config.value);
  const found = await discover(invocation);
  if (json) {
    out.json({ ok: true, active, providers, found });
    return;
  }
  out.line(styled('bold', 'In use, the first that answers'));
  for (const { id, available, reason } of active) {
    out.line(`  ${id}  `, available ? styled('green', 'ready') : styled('red', reason ?? ''));
  }
  out.line();
  out.line(styled('bold', 'Providers'));
  out.table(
    ['  ID', 'FROM', 'KEY', 'ADDRESS'],
    providers.map((each): Piece[] => [
      `  ${each.id}`,
      each.configured ? 'config' : 'built in',
      each.keyVariable ?? '',
      each.baseUrl ?? '',
    ]),
  );
  out.line();
  out.line(styled('bold', 'Found on this machine'));
  if (found.length === 0) out.line('  No model server answers on its usual port.');
  for (const { kind, models, baseUrl } of found) {
    if (models.length === 0) out.line(`  ${kind} at ${baseUrl} has no model yet.`);
    for (const model of models) out.line(`  ${kind}/${model}`);
  }
  out.line();
  out.line('Choose one: openclaw models use <provider/model>');
};

function unknownProvider(provider: string, known: readonly string[]): PortcullisError {
  const meant = nearest(provider, known);
  const hint = meant === undefined ? '' : `Did you mean "${meant}"? `;
  return new PortcullisError(
    'model.provider_unknown',
    `There is no provider ${quote(provider)}: it is neither built in nor configured.`,
    { hint: `${hint}"openclaw models list" shows all; others go under models.providers.` },
  );
}

/** Splits `<provider>/<model>`; the model may hold more slashes. */
export function splitId(id: string): { readonly provider: string; readonly model: string } {
  const slash = id.indexOf('/');
  if (slash > 0 && slash < id.length - 1 && !/\s/.test(id)) {
    return { provider: id.slice(0, slash), model: id.slice(slash + 1) };
  }
  throw new PortcullisError('usage.invalid_value', `${quote(id)} is no model.`, {
    hint: 'Write <provider>/<model>, such as anthropic/claude-sonnet-4-5.',
  });
}

/** The server on this machine that has the model; undefined when none answers as that provider. */
async function localServer(
  invocation: Invocation,
  { provider, model }: { readonly provider: string; readonly model: string },
): Promise<LocalServer | undefined> {
  if (!['ollama', 'lmstudio', 'llamacpp'].includes(provider)) return undefined;
  const server = (await discover(invocation)).find(({ kind }) => kind === provider);
  if (server === undefined) {
    invocation.out.warn(
      `No ${provider} server answers on this machine. It is chosen all the same.`,
    );
    return undefined;
  }
  if (server.models.includes(model)) return server;
  const meant = nearest(model, server.models);
  const has =
    server.models.length === 0 ? 'It has none yet.' : `It has ${server.models.join(', ')}.`;
  throw new PortcullisError('model.not_found', `${provider} has no model ${quote(model)}.`, {
    hint: `${meant === undefined ? '' : `Did you mean "${provider}/${meant}"? `}${has}`,
  });
}

async function confirmServer(
  { input, doors }: Invocation,
  { kind, baseUrl }: LocalServer,
): Promise<void> {
  const question = `Use the ${kind} server at ${baseUrl}? It will read every conversation.`;
  if (input.flag('yes') || (await doors.confirm(question))) return;
  throw new PortcullisError('usage.declined', 'No model was chosen.', {
    hint: '"openclaw models list" shows others.',
  });
}

/** Keeps the fallbacks that stand beside the first choice. */
function choiceEdit(config: ConfigObject, id: string): ConfigEdit {
  const isObject = isConfigObject(getPath(config, MODEL_KEY));
  return { path: isObject ? `${MODEL_KEY}.primary` : MODEL_KEY, value: id };
}

/** `openclaw models use <provider/model>`. */
export const chooseModel: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const id = input.argument('model');
  const ref = splitId(id);
  const config = load(invocation);
  const providers = providersOf(config.value);
  const provider = providers.find((each) => each.id === ref.provider);
  if (provider === undefined)
    throw unknownProvider(
      ref.provider,
      providers.map((each) => each.id),
    );
  const edits: ConfigEdit[] = [choiceEdit(config.value, id)];
  const server = provider.configured ? undefined : await localServer(invocation, ref);
  if (server !== undefined) {
    await confirmServer(invocation, server);
    const { baseUrl } = server;
    const entry = { baseUrl, api: 'openai-completions', models: [{ id: ref.model }] };
    edits.push({ path: `models.providers.${ref.provider}`, value: entry });
  }
  const agreed = server === undefined ? [] : [`models.providers.${ref.provider}.`];
  await changeConfig(invocation, edits, agreed);
  const reason = obstacle(invocation, load(invocation), id);
  if (json) {
    out.json({ ok: true, model: id, available: reason === undefined, ...(reason && { reason }) });
    return;
  }
  out.line(`The agent uses ${id}: ${MODEL_KEY} in ${context.paths.configPath}.`);
  if (reason !== undefined) out.warn(reason);
};
