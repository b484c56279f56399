/**
 * Which channel accounts the config asks for, and what stands in their way.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import type { Registered, StandardSchema } from '@portcullis/core';

import type { AccountPlan } from './channels.ts';
import type { ConfigObject, ConfigValue, LoadedConfig, Secrets } from '../config/index.ts';

/** What plans are made from. */
export interface PlanInput {
  readonly config: LoadedConfig;
  readonly secrets: Secrets;
  readonly registry: Registered;
  /** Names the one command that installs a missing channel package. */
  readonly installHint: (channel: string) => string;
}

/** Plans every account of every configured channel. Faults become `problem`, never exceptions. */
export async function planChannels(input: PlanInput): Promise<readonly AccountPlan[]> {
  const channels = asObject(input.config.value['channels']);
  const plans: AccountPlan[] = [];
  for (const [channel, value] of Object.entries(channels)) {
    if (channel === 'defaults') continue;
    for (const accountId of accountsOf(asObject(value))) {
      plans.push(await planAccount(input, channel, accountId, asObject(value)));
    }
  }
  return plans;
}

/** The accounts of a channel that the config has switched on, the one to use when none is named first. */
export function accountsOn(config: LoadedConfig, channel: string): readonly string[] {
  const channels = asObject(config.value['channels']);
  const block = asObject(Object.hasOwn(channels, channel) ? channels[channel] : { enabled: false });
  const usual = block['defaultAccount'] ?? 'default';
  return accountsOf(block)
    .filter((accountId) => isOn(block, accountId))
    .toSorted((a, b) => Number(b === usual) - Number(a === usual));
}

function isOn(block: ConfigObject, accountId: string): boolean {
  const account = asObject(asObject(block['accounts'])[accountId]);
  return block['enabled'] !== false && account['enabled'] !== false;
}

async function planAccount(
  input: PlanInput,
  channel: string,
  accountId: string,
  block: ConfigObject,
): Promise<AccountPlan> {
  const { accounts, ...root } = block;
  const account = asObject(asObject(accounts)[accountId]);
  const merged = { ...root, ...account };
  const definition = input.registry.channels.get(channel);
  const plan = {
    channel,
    accountId,
    enabled: isOn(block, accountId),
    options: merged as unknown,
    secret: secretOf(input, channel, accountId),
  };
  if (definition === undefined) return { ...plan, problem: input.installHint(channel) };
  const checked = await check(definition.config, merged, `channels.${channel}`);
  return 'problem' in checked
    ? { ...plan, problem: checked.problem }
    : { ...plan, options: checked.options };
}

/**
 * What an account is connected with, as one text: its checked options and its secrets. Two plans of
 * one print need no new connection between them.
 *
 * Throws `secret.*` where a secret cannot be had.
 */
export function printOf(plan: AccountPlan, registry: Registered): string {
  const { enabled, options, problem } = plan;
  const definition = registry.channels.get(plan.channel);
  const secrets = Object.keys(definition?.secrets ?? {}).map((key) => [
    key,
    plan.secret(key)?.reveal(),
  ]);
  const text = JSON.stringify([enabled, problem, definition !== undefined, options, secrets]);
  return createHash('sha256').update(text).digest('hex');
}

async function check(
  schema: StandardSchema,
  options: unknown,
  path: string,
): Promise<{ readonly options: unknown } | { readonly problem: string }> {
  const result = await schema['~standard'].validate(options);
  if (result.issues === undefined) return { options: result.value };
  const faults = result.issues.map((issue) => {
    const at = (issue.path ?? [])
      .map((step) => String(typeof step === 'object' ? step.key : step))
      .join('.');
    return `${at === '' ? path : `${path}.${at}`}: ${issue.message}`;
  });
  return { problem: faults.join('; ') };
}

/** Looks a secret up at the account, then at the channel, then in its environment variable. */
function secretOf(input: PlanInput, channel: string, accountId: string): AccountPlan['secret'] {
  const variables = input.registry.channels.get(channel)?.secrets ?? {};
  return (key) => {
    const own = input.secrets.resolve(`channels.${channel}.accounts.${accountId}.${key}`);
    if (own !== undefined) return own;
    // The environment stands in for the default account only: one token, one account.
    const variable = accountId === 'default' ? variables[key] : undefined;
    return input.secrets.resolve(`channels.${channel}.${key}`, variable);
  };
}

function accountsOf(block: ConfigObject): readonly string[] {
  const named = Object.keys(asObject(block['accounts']));
  return named.length === 0 ? ['default'] : named;
}

function asObject(value: ConfigValue | undefined): ConfigObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
