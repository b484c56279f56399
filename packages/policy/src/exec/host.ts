/**
 * Where a command runs, and whether a sandboxed session may leave its sandbox for it.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { compileInPlace } from '../config/compile.ts';
import { canonicalSender } from '../identity/sender.ts';
import { matchSender, readSenderList, standalone } from '../ingress/sender-list.ts';
import {
  asChoice,
  asFlag,
  asList,
  asText,
  InvalidSetting,
  own,
  setting,
  type Setting,
} from '../setting.ts';
import { verdict } from './reasons.ts';
import { type ExecConfig, execConfigOf } from './settings.ts';

/** Where a command can run. */
export type ExecHost = 'sandbox' | 'gateway' | 'node';

const HOSTS: readonly ExecHost[] = ['sandbox', 'gateway', 'node'];
const PATH = 'tools.exec.host';

/** The host the configuration chose and the one the call asks for. */
interface HostWish {
  readonly configured: ExecHost | 'auto';
  readonly asked: unknown;
}

/** An owner's `/exec host` replaces the configured one; anybody else's is a wish like the call's. */
function wishOf(input: unknown, exec: ExecConfig): HostWish {
  const choices = ['auto', ...HOSTS] as const;
  const configured = asChoice(exec.first('host'), choices) ?? 'auto';
  const session = asChoice(setting(input, 'session', 'host'), choices);
  const byOwner = setting(input, 'session', 'setByOwner').value === true;
  const asked = setting(input, 'host').value ?? (byOwner ? undefined : session);
  return { configured: byOwner ? (session ?? configured) : configured, asked };
}

function requestsElevation(input: unknown): boolean {
  const { value, path } = setting(input, 'elevated');
  if (value === undefined || typeof value === 'boolean') return value === true;
  return asChoice({ value, path }, ['on', 'off', 'ask', 'full']) !== 'off';
}

/** The host for an `auto` configuration. */
function automaticHost(
  asked: ExecHost | undefined,
  sandboxed: boolean,
  elevated: boolean,
): ExecHost | Decision {
  if (asked === undefined) return sandboxed ? 'sandbox' : 'gateway';
  if (asked === 'sandbox' && !sandboxed) {
    return verdict.deny('exec.host.sandbox_unavailable', PATH);
  }
  if (asked === 'gateway' && sandboxed && !elevated) {
    return verdict.deny('exec.host.gateway_forbidden', PATH);
  }
  return asked;
}

function chosenHost({ configured, asked }: HostWish, sandboxed: boolean, elevated: boolean) {
  const host = HOSTS.find((each) => each === asked);
  const automatic = asked === undefined || (asked === 'auto' && configured === 'auto');
  if (host === undefined && !automatic && asked !== 'auto') {
    return verdict.deny('exec.host.invalid', '<call>');
  }
  if (configured === 'auto') return automaticHost(host, sandboxed, elevated);
  if (!automatic && host !== configured) return verdict.deny('exec.host.mismatch', PATH);
  return configured === 'sandbox' && !sandboxed
    ? verdict.deny('exec.host.sandbox_unavailable', PATH)
    : configured;
}

/** Why a node may not run the command. */
function refuseNode(config: unknown, input: unknown): Decision | undefined {
  const node = setting(input, 'node').value;
  if (own(node, 'paired') !== true) return verdict.deny('exec.node.not_paired', '<nodes>');
  const commands = own(node, 'commands');
  if (!Array.isArray(commands) || !commands.includes('system.run')) {
    return verdict.deny('exec.node.command_not_declared', '<nodes>');
  }
  const denied = asList(setting(config, 'gateway', 'nodes', 'commands', 'deny')) ?? [];
  return denied.includes('system.run')
    ? verdict.deny('exec.node.command_denied', 'gateway.nodes.commands.deny')
    : undefined;
}

function isListed(config: unknown, list: Setting, channel: string, sender: unknown): boolean {
  if (list.value === undefined) return false;
  const compiled = compileInPlace(config);
  const entries = readSenderList(compiled, list, { channel, names: false });
  const identity = { id: canonicalSender(channel, sender), names: [] };
  return matchSender(standalone(entries, list.path), identity, undefined) !== 'none';
}

/** Why the session may not leave its sandbox. */
function refuseElevation(config: unknown, input: unknown, agentId: string): Decision | undefined {
  const ofAgent = ['agents', 'entries', agentId, 'tools', 'elevated'];
  const on = asFlag(setting(config, 'tools', 'elevated', 'enabled')) === true;
  if (!on || asFlag(setting(config, ...ofAgent, 'enabled')) === false) {
    return verdict.deny('exec.elevated.disabled', 'tools.elevated.enabled');
  }
  const channel = asText(setting(input, 'channel')) ?? '';
  const sender = setting(input, 'sender', 'id').value;
  const listed = (keys: readonly string[]) =>
    isListed(config, setting(config, ...keys, channel), channel, sender);
  const narrowed = setting(config, ...ofAgent, 'allowFrom').value !== undefined;
  return listed(['tools', 'elevated', 'allowFrom']) &&
    (!narrowed || listed([...ofAgent, 'allowFrom']))
    ? undefined
    : verdict.deny('exec.elevated.sender_not_allowed', 'tools.elevated.allowFrom');
}

/**
 * Where a command would run by configuration and wish, before anything there is looked at. Undefined
 * when it runs nowhere.
 */
export function execHost(config: unknown, input: unknown): ExecHost | undefined {
  try {
    const agentId = asText(setting(input, 'agentId')) ?? 'main';
    const sandboxed = asFlag(setting(input, 'sandboxed')) ?? false;
    const wish = wishOf(input, execConfigOf(config, agentId));
    const host = chosenHost(wish, sandboxed, requestsElevation(input));
    return typeof host === 'string' ? host : undefined;
  } catch (error) {
    if (error instanceof InvalidSetting) return undefined;
    throw error;
  }
}

/**
 * Where the command runs, or why it may not. Elevation is judged after the host is chosen and then
 * turns the sandbox into the gateway; without a sandbox it is judged all the same and changes
 * nothing.
 */
export function selectHost(
  config: unknown,
  input: unknown,
  agentId: string,
  exec: ExecConfig,
): ExecHost | Decision {
  const sandboxed = asFlag(setting(input, 'sandboxed')) ?? false;
  const elevated = requestsElevation(input);
  const host = chosenHost(wishOf(input, exec), sandboxed, elevated);
  if (typeof host !== 'string') return host;
  if (host === 'node') {
    // What is kept in a sandbox here is not let loose on another machine.
    if (sandboxed) return verdict.deny('exec.host.node_forbidden', PATH);
    const refusal = refuseNode(config, input);
    if (refusal !== undefined) return refusal;
  }
  if (!elevated) return host;
  const refusal = refuseElevation(config, input, agentId);
  if (refusal !== undefined) return refusal;
  return host === 'sandbox' ? 'gateway' : host;
}
