/**
 * What a caller wrote into a webhook, read as what the webhook is for.
 *
 * @module
 */
import type { HookSettings } from './settings.ts';
import { bounded, fill, fillExactly, fillName, saysYes } from './template.ts';

/** A call, before policy has seen it. */
export interface HookCall {
  /** What the model is shown, as something untrusted. */
  readonly text: string;
  readonly name?: string;
  readonly agentId?: string;
  readonly sessionKey?: string;
  readonly deliver: boolean;
  readonly channel?: string;
  readonly to?: string;
  /** Names the call: a second one of the same name is not processed. */
  readonly idempotencyKey?: string;
}

/** A call, one sentence that says what is wrong with it, or that the operator wants none like it. */
export type ReadCall = HookCall | { readonly fault: string } | { readonly ignored: true };

/** Fields of OpenClaw that would change how the turn is run, and that this gateway does not have. */
const UNSUPPORTED = ['model', 'thinking', 'timeoutSeconds', 'fallbacks'];
const LONGEST_FIELD = 512;

/** Reads the body of a call. `isJson` is what its content type says. */
export function readCall(hook: HookSettings, body: Uint8Array, isJson: boolean): ReadCall {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return { fault: 'the body is not UTF-8' };
  }
  if (!isJson) return hook.isOpen ? callOf({ [textKey(hook)]: text }, hook) : mapped(hook, text);
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    return { fault: 'the body is not JSON' };
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return hook.isOpen ? { fault: 'the body is not a JSON object' } : mapped(hook, payload);
  }
  return hook.isOpen ? callOf(payload as Fields, hook) : mapped(hook, payload);
}

type Fields = Readonly<Record<string, unknown>>;

function textKey({ action }: HookSettings): 'text' | 'message' {
  return action === 'wake' ? 'text' : 'message';
}

/** What the operator made of a sender that knows nothing of us: none of it steers anything. */
function mapped(hook: HookSettings, payload: unknown): ReadCall {
  const { template, deliver, channel, to, agentId, source } = hook;
  if (source !== undefined && sourceOf(payload) !== source) {
    return { fault: 'the payload comes from another source' };
  }
  if (hook.ignoreIf.some((path) => saysYes(payload, path))) return { ignored: true };
  const sessionKey = filled(hook.sessionKey, payload, fillName);
  if (hook.sessionKey !== undefined && sessionKey === undefined) {
    return { fault: 'the payload lacks what names its session' };
  }
  const idempotencyKey = filled(hook.idempotencyKey, payload, fillExactly);
  const whole = typeof payload === 'string' ? payload : JSON.stringify(payload, null, 1);
  return {
    text: template === undefined ? bounded(whole) : fill(template, payload),
    deliver,
    ...(channel === undefined ? {} : { channel }),
    ...(to === undefined ? {} : { to }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

function filled(
  template: string | undefined,
  payload: unknown,
  fillWith: typeof fillName,
): string | undefined {
  return template === undefined ? undefined : fillWith(template, payload);
}

function sourceOf(payload: unknown): unknown {
  return typeof payload === 'object' && payload !== null && Object.hasOwn(payload, 'source')
    ? (payload as Fields)['source']
    : undefined;
}

/** A call of somebody who knows the fields of `wake` or `agent`. */
function callOf(fields: Fields, hook: HookSettings): ReadCall {
  const unsupported = UNSUPPORTED.find((key) => fields[key] !== undefined);
  if (unsupported !== undefined) return { fault: `${unsupported} is not supported` };
  const key = textKey(hook);
  const text = fields[key];
  if (typeof text !== 'string' || text.trim() === '') return { fault: `${key} is required` };
  const given: Record<string, string> = {};
  for (const name of ['name', 'agentId', 'sessionKey', 'channel', 'to', 'idempotencyKey']) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string' || value === '' || value.length > LONGEST_FIELD) {
      return { fault: `${name} must be a text` };
    }
    given[name] = value;
  }
  if (given['channel'] === 'last') delete given['channel'];
  const { deliver = false } = fields;
  if (typeof deliver !== 'boolean') return { fault: 'deliver must be true or false' };
  if (hook.action === 'wake' && (fields['mode'] ?? 'now') !== 'now') {
    return { fault: 'there are no heartbeats to wait for: wake with mode "now"' };
  }
  if (hook.action === 'wake' && (deliver || given['sessionKey'] !== undefined)) {
    return { fault: 'wake speaks in the main session and delivers nothing' };
  }
  return { ...given, text: bounded(text), deliver };
}
