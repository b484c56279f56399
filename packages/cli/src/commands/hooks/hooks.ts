/**
 * `openclaw hooks`: the webhooks of the config, whether each can work, and the switch of all.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type LoadedConfig,
  createSecrets,
  isConfigObject,
  loadConfig,
  nearest,
} from '@portcullis/gateway/config';
import { type HookSettings, describeAgents, hooksOf } from '@portcullis/gateway/local';

import { configuredChannels } from '../../channels/configured.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { type Piece, styled } from '../../terminal/style.ts';
import { changeConfig, printOutcome } from '../config/change.ts';

interface Hook extends HookSettings {
  readonly url: string;
  /** What keeps it from working, a sentence each. */
  readonly problems: readonly string[];
}

interface Hooks {
  readonly enabled: boolean;
  readonly hooks: readonly Hook[];
}

function readHooks({ context: { env, paths } }: Pick<Invocation, 'context'>): Hooks {
  const config = loadConfig({ env, paths });
  const written = config.value['hooks'];
  const section = isConfigObject(written) ? written : {};
  // What is switched off is shown as it would be.
  const all = hooksOf({ ...config.value, hooks: { ...section, enabled: true } });
  const agents = describeAgents(config, paths).map(({ id }) => id);
  const channels = configuredChannels(config).map(({ id }) => id);
  const secretFault = secretsOf(config, paths);
  return {
    enabled: section['enabled'] === true,
    hooks: [...(all?.byPath ?? [])].map(([url, hook]) => ({
      ...hook,
      url,
      problems: problemsOf(hook, { agents, channels, secretFault }),
    })),
  };
}

/** Why the secret of a config path cannot be had; undefined where it can. */
function secretsOf(
  config: LoadedConfig,
  paths: Invocation['context']['paths'],
): (path: string) => string | undefined {
  const secrets = createSecrets(config, config.env, paths);
  return (path) => {
    try {
      return secrets.resolve(path) === undefined ? `${path} is not set.` : undefined;
    } catch (error) {
      if (PortcullisError.is(error)) return `${path}: ${error.message}`;
      throw error;
    }
  };
}

function problemsOf(
  { agentId, deliver, channel, secretPath }: HookSettings,
  known: {
    readonly agents: readonly string[];
    readonly channels: readonly string[];
    readonly secretFault: (path: string) => string | undefined;
  },
): readonly string[] {
  const fault = known.secretFault(secretPath);
  return [
    ...(fault === undefined ? [] : [fault]),
    ...(agentId === undefined || known.agents.includes(agentId)
      ? []
      : [`There is no agent ${quote(agentId)}.`]),
    ...(!deliver || channel === undefined || known.channels.includes(channel)
      ? []
      : [`No channel ${quote(channel)} is configured to answer on.`]),
  ];
}

/** A hook as programs read it. Templates and instructions are the operator's own words. */
function viewOf({ url, problems, signature, ...hook }: Hook): object {
  return {
    ...hook,
    url,
    authentication: signature === undefined ? 'token' : 'signature',
    eligible: problems.length === 0,
    problems,
  };
}

/** `openclaw hooks list`. */
export const listHooks: CommandHandler = async (invocation) => {
  const { out, json, input } = invocation;
  const { enabled, hooks } = readHooks(invocation);
  const shown = input.flag('eligible')
    ? hooks.filter(({ problems }) => problems.length === 0)
    : hooks;
  if (json) {
    out.json({ ok: true, enabled, hooks: shown.map(viewOf) });
    return;
  }
  out.line(
    enabled ? 'Webhooks are on.' : 'Webhooks are off. Switch them on: openclaw hooks enable',
  );
  if (shown.length === 0) return;
  out.table(
    ['NAME', 'PATH', 'DOES', 'TOOLS', 'PROVES ITSELF BY', 'STATE'],
    shown.map(({ name, url, action, tools, signature, problems }): Piece[] => [
      name,
      url,
      action,
      tools.length === 0 ? 'none' : tools.join(', '),
      signature === undefined ? 'token' : 'signature',
      problems.length === 0 ? styled('green', 'ready') : styled('red', problems.join(' ')),
    ]),
  );
};

/** `openclaw hooks info <name>`. */
export const showHook: CommandHandler = async (invocation) => {
  const { out, json, input } = invocation;
  const name = input.argument('name');
  const { enabled, hooks } = readHooks(invocation);
  const hook = hooks.find((each) => each.id === name || each.name === name);
  if (hook === undefined) throw unknownHook(name, hooks);
  if (json) {
    out.json({ ok: true, enabled, hook: viewOf(hook) });
    return;
  }
  const { url, action, agentId, sessionKey, tools, deliver, channel, to, signature } = hook;
  out.table(
    ['WHAT', 'VALUE'],
    [
      ['Path', url],
      ['Does', action === 'wake' ? 'a text in the main session' : 'a turn in a session of its own'],
      ['Agent', agentId ?? 'the default one'],
      ['Session', sessionKey ?? 'one of its own'],
      ['Tools', tools.length === 0 ? 'none' : tools.join(', ')],
      ['Answers', deliver ? `${channel ?? 'the owner'} ${to ?? ''}`.trim() : 'nobody'],
      ['Proved by', signature === undefined ? hook.secretPath : `a signature, ${hook.secretPath}`],
      ['Switched', enabled ? 'on' : 'off'],
    ],
  );
  for (const problem of hook.problems) out.warn(problem);
};

function unknownHook(name: string, hooks: readonly Hook[]): PortcullisError {
  const names = hooks.map((each) => each.name);
  const meant = nearest(name, names);
  return new PortcullisError('hook.unknown', `There is no webhook ${quote(name)}.`, {
    hint: meant === undefined ? `There are ${names.join(', ')}.` : `Did you mean "${meant}"?`,
  });
}

/** `openclaw hooks check`. Exit code 1 when one that is switched on cannot work. */
export const checkHooks: CommandHandler = async (invocation) => {
  const { out, json } = invocation;
  const { enabled, hooks } = readHooks(invocation);
  const broken = hooks.filter(({ problems }) => problems.length > 0);
  const ok = !enabled || broken.length === 0;
  if (json) {
    out.json({
      ok,
      enabled,
      total: hooks.length,
      eligible: hooks.length - broken.length,
      problems: broken.flatMap(({ name, problems }) => problems.map((text) => ({ name, text }))),
    });
    return ok ? 0 : 1;
  }
  if (!enabled) out.line('Webhooks are off: nobody can call one.');
  else if (broken.length === 0) out.line(`All ${String(hooks.length)} webhooks can be called.`);
  for (const { name, problems } of broken)
    for (const each of problems) out.line(`${name}: ${each}`);
  return ok ? 0 : 1;
};

async function switchHooks(invocation: Invocation, enabled: boolean): Promise<void> {
  const { out, json, input } = invocation;
  const name = input.given('name');
  if (name !== undefined) {
    const hook = readHooks(invocation).hooks.find((each) => each.id === name || each.name === name);
    throw new PortcullisError(
      'hook.not_alone',
      'Webhooks are switched on and off together, not one by one.',
      {
        hint:
          hook === undefined || hook.isOpen
            ? `openclaw hooks ${enabled ? 'enable' : 'disable'} switches all.`
            : `To be rid of one, remove its entry of hooks.mappings: openclaw config unset ${entryOf(hook)}`,
      },
    );
  }
  const change = await changeConfig(invocation, [{ path: 'hooks.enabled', value: enabled }]);
  const word = enabled ? 'on' : 'off';
  if (json) {
    out.json({ ok: true, enabled, ...change });
    return;
  }
  if (input.flag('dry-run')) out.line('Nothing was changed.');
  else out.line(`Webhooks are ${word}${change.changed ? '' : ' already'}.`);
  printOutcome(invocation, change);
}

/** Where a webhook is written. */
function entryOf({ secretPath }: Hook): string {
  return /^hooks\.mappings\[\d+\]/u.exec(secretPath)?.[0] ?? 'hooks.mappings[N]';
}

/** `openclaw hooks enable`. */
export const enableHooks: CommandHandler = (invocation) => switchHooks(invocation, true);

/** `openclaw hooks disable`. */
export const disableHooks: CommandHandler = (invocation) => switchHooks(invocation, false);
