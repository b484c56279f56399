/** The published JSON schema of the protocol, as a check. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

import { Ajv, type ValidateFunction } from 'ajv';

interface Definitions {
  readonly definitions: Record<string, unknown>;
}

const manifest = findPackageJSON('@openclaw/gateway-protocol', import.meta.url) ?? '';
const path = join(dirname(manifest), 'protocol.schema.json');

/** Later versions of the product add fields, so closed objects are opened. */
function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, child]) => !(key === 'additionalProperties' && child === false))
      .map(([key, child]) => [key, opened(child)]),
  );
}

const { definitions } = JSON.parse(readFileSync(path, 'utf8')) as Definitions;
const ajv = new Ajv({ strict: false, allErrors: true });

const checks = new Map<string, ValidateFunction>();

/** How strict a check is about fields the definition does not name. */
type Strictness = 'open' | 'closed';

function checkOf(name: string, strictness: Strictness): ValidateFunction {
  const id = `${strictness} ${name}`;
  let check = checks.get(id);
  if (check === undefined) {
    const read = strictness === 'open' ? opened : (value: unknown) => value;
    check = ajv.compile({
      definitions: read(definitions) as Record<string, object>,
      ...(read(definitions[name]) as object),
    });
    checks.set(id, check);
  }
  return check;
}

/** What is wrong with `value` as a `name` of the published schema; empty when nothing. */
export function publishedFaults(
  name: string,
  value: unknown,
  strictness: Strictness = 'open',
): readonly string[] {
  const check = checkOf(name, strictness);
  check(value);
  return (check.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

/** Results whose definition is not named after their method. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'agent.identity.get': 'AgentIdentityResult',
  'exec.approvals.get': 'ExecApprovalsSnapshot',
  'exec.approvals.set': 'ExecApprovalsSnapshot',
  'config.schema': 'ConfigSchemaResponse',
  'cron.get': 'CronJob',
  'cron.update': 'CronJob',
};

interface Shape {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly allOf?: readonly Shape[];
}

function propertiesOf({ properties = {}, anyOf = [], oneOf = [], allOf = [] }: Shape): string[] {
  return [...Object.keys(properties), ...[...anyOf, ...oneOf, ...allOf].flatMap(propertiesOf)];
}

/** The parameters the published schema names for a method; none where it says nothing of it. */
export function publishedParams(method: string): readonly string[] {
  const words = method.split('.').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const definition = definitions[`${words.join('')}Params`];
  return definition === undefined ? [] : [...new Set(propertiesOf(definition as Shape))];
}

/** The name of the published definition of a method's result, or undefined where there is none. */
export function publishedResult(method: string): string | undefined {
  const words = method.split('.').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const name = OTHER_NAMES[method] ?? `${words.join('')}Result`;
  return Object.hasOwn(definitions, name) ? name : undefined;
}

/** The name of the published definition of an event's payload, or undefined where there is none. */
export function publishedEvent(event: string): string | undefined {
  const words = event.split('.').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const name = `${words.join('')}Event`;
  return Object.hasOwn(definitions, name) ? name : undefined;
}
