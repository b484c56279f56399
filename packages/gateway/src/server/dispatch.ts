/**
 * One call from name to result: known, permitted, well-formed, handled. In this order.
 *
 * @module
 */
import {
  describeFault,
  type MethodName,
  type MethodResult,
  type MethodSpec,
  METHODS,
  type RequiredScope,
} from '@portcullis/protocol';

import type { Caller, Services } from '../services.ts';
import { Prepared } from './answers.ts';
import { holdsScope } from './authority.ts';
import { DeviceRegistry } from './devices/registry.ts';
import { handlers } from './methods/index.ts';
import { detachedPlane, type MethodContext } from './plane.ts';
import { invalidRequest, missingScope } from './refusal.ts';

/** A handler whose parameters were checked by the schema that stands beside it. */
type CheckedHandler = (params: never, context: MethodContext) => unknown;

/** True for the name of a method of ours. */
export function isMethod(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}

/** The scope a method needs; an unknown one needs the highest, so that nobody can probe for names. */
export function requiredScope(method: string): RequiredScope {
  return isMethod(method) ? METHODS[method].scope : 'operator.admin';
}

/** Whether a role may call a method at all. An unknown one is for operators: it needs their highest scope. */
export function isFor(role: string, method: string): boolean {
  const spec: MethodSpec | undefined = isMethod(method) ? METHODS[method] : undefined;
  return (spec?.role ?? 'operator') === role;
}

const WAITING: ReadonlySet<string> = new Set([
  'agent',
  'agent.wait',
  'node.invoke',
  'tools.invoke',
  'device.scopes.waitUpgrade',
  'exec.approval.request',
  'exec.approval.waitDecision',
  'send',
  // Networks are asked, or are waited for until they let go.
  'channels.status',
  'channels.start',
  'channels.stop',
  'channels.logout',
  // A person scans a code.
  'web.login.start',
  'web.login.wait',
  'web.login.cancel',
]);

/** True for methods that wait for a run or for a person, and so take as long as the run does. */
export function isWaiting(method: string): boolean {
  return WAITING.has(method);
}

/** True for methods after which kept answers may be wrong. */
export function isChange(method: string): boolean {
  const scope = requiredScope(method);
  return scope !== 'none' && scope !== 'operator.read';
}

/**
 * Runs a method whose scope was checked.
 *
 * @throws PortcullisError `request.invalid` for an unknown method or wrong parameters, and whatever
 * the services throw.
 */
async function run(method: string, params: unknown, context: MethodContext): Promise<unknown> {
  if (!isMethod(method)) throw invalidRequest(`unknown method: ${method.slice(0, 128)}`);
  const checked = METHODS[method].params.safeParse(params ?? {}, { reportInput: true });
  if (!checked.success) {
    throw invalidRequest(`invalid ${method} params: ${describeFault(checked.error)}`);
  }
  const handler: CheckedHandler = handlers[method];
  return handler(checked.data as never, context);
}

/**
 * Checks the scope and runs a method. A result may be a `Prepared` one.
 *
 * @throws PortcullisError `request.scope_missing`, `request.invalid`, and whatever the services
 * throw.
 */
export async function invoke(
  method: string,
  params: unknown,
  context: MethodContext,
  holds: (scope: RequiredScope) => boolean,
): Promise<unknown> {
  const role = context.caller.kind === 'node' ? 'node' : 'operator';
  if (!isFor(role, method)) throw invalidRequest(`unauthorized role: ${role}`);
  const scope = requiredScope(method);
  if (!holds(scope)) throw missingScope(scope);
  if (!isChange(method)) return run(method, params, context);
  try {
    return await run(method, params, context);
  } finally {
    context.plane.answers.clear();
  }
}

/**
 * Runs a method inside this process, without a socket: the same scope check, parameter check and
 * handler as over the wire. `agent` resolves with its final answer; subscriptions have no effect.
 *
 * @throws PortcullisError `request.scope_missing`, `request.invalid`, and whatever the services
 * throw.
 *
 * @example
 * ```ts
 * const caller = { id: 'cli', kind: 'cli', local: true, scopes: ['operator.admin'] } as const;
 * const { sessions } = await callMethod(services, caller, 'sessions.list', { limit: 10 });
 * ```
 */
export async function callMethod<M extends MethodName>(
  services: Services,
  caller: Caller,
  method: M,
  params?: unknown,
): Promise<MethodResult<M>> {
  const plane = detachedPlane(services, await DeviceRegistry.of(services.store));
  const context = { plane, services, caller };
  const result = await invoke(method, params, context, (scope) => holdsScope(caller.scopes, scope));
  const value = result instanceof Prepared ? result.value : result;
  return value as MethodResult<M>;
}
