/**
 * Checks one value against one type of the schema. Promises: pure; case matters; a number that
 * lost digits is refused instead of matched.
 *
 * @module
 */
import { type ConfigValue, isConfigObject } from '../document/config-value.ts';
import type { ConfigIssue, Findings } from './findings.ts';
import type { PathSegment } from '../document/key-path.ts';
import { nearest } from './nearest.ts';
import { type KeyType, describeType } from './key-spec.ts';
import { parseSecretRef } from './secret-ref.ts';

type Fault = Omit<ConfigIssue, 'path'>;

function enumFault(type: KeyType & { kind: 'enum' }, value: ConfigValue): Fault | undefined {
  if (typeof value === 'string' && [...type.values, ...(type.aliases ?? [])].includes(value)) {
    return undefined;
  }
  const suggestion = typeof value === 'string' ? nearest(value, type.values) : undefined;
  return {
    message: `must be ${describeType(type)}`,
    allowedValues: type.values,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function numberFault(
  type: KeyType & { kind: 'integer' | 'number' },
  value: ConfigValue,
): Fault | undefined {
  const isNumber = typeof value === 'number' && Number.isFinite(value);
  const fits = isNumber && value >= type.min && value <= type.max;
  const isExact = type.kind === 'number' || Number.isSafeInteger(value);
  return fits && isExact ? undefined : { message: `must be a ${describeType(type)}` };
}

function typeFault(type: KeyType, value: ConfigValue): Fault | undefined {
  switch (type.kind) {
    case 'any':
      return undefined;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : { message: 'must be true or false' };
    case 'string':
      if (typeof value !== 'string') return { message: 'must be text' };
      return type.pattern?.test(value) === false
        ? { message: `must be ${type.shape ?? 'valid text'}` }
        : undefined;
    case 'secret':
      return typeof value === 'string' || parseSecretRef(value) !== undefined
        ? undefined
        : { message: 'must be text or a SecretRef { source, provider, id }' };
    case 'enum':
      return enumFault(type, value);
    case 'integer':
    case 'number':
      return numberFault(type, value);
    case 'object':
    case 'map':
      return isConfigObject(value) ? undefined : { message: 'must be an object' };
    case 'list':
    case 'strings':
    case 'ids':
      return Array.isArray(value) ? undefined : { message: 'must be a list' };
    case 'either': {
      const faults = type.types.map((one) => typeFault(one, value));
      if (faults.includes(undefined)) return undefined;
      const words = faults.find((fault) => fault?.allowedValues !== undefined);
      return { ...words, message: `must be ${describeType(type)}` };
    }
  }
}

function elementFault(kind: 'strings' | 'ids', item: ConfigValue): string | undefined {
  if (typeof item === 'string') return undefined;
  if (kind === 'strings') return 'must be text';
  if (typeof item !== 'number') return 'must be text or a whole number';
  return Number.isSafeInteger(item)
    ? undefined
    : 'is a number too large to be exact: write it in quotes';
}

/** Reports what is wrong with a value. Returns false when looking below it makes no sense. */
export function checkType(
  type: KeyType,
  value: ConfigValue,
  path: readonly PathSegment[],
  to: Findings,
): boolean {
  const fault = typeFault(type, value);
  if (fault !== undefined) {
    to.issue(path, fault);
    return false;
  }
  const lists = type.kind === 'either' ? type.types : [type];
  const list = lists.find((one) => one.kind === 'strings' || one.kind === 'ids');
  if (list === undefined || !Array.isArray(value)) return true;
  value.forEach((item: ConfigValue, index) => {
    const message = elementFault(list.kind === 'ids' ? 'ids' : 'strings', item);
    if (message !== undefined) to.issue([...path, index], { message });
  });
  return false;
}
