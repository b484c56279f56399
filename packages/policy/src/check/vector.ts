/**
 * Decision vectors: examples of rules as data, and whether the rules still say the same.
 *
 * A vector is `{ name, op, config, input, expect }`. Only the keys of `expect` are compared. What the
 * ops of admission, pairing, sessions and tools answer is compared whole; objects that other ops
 * answer may hold more than is expected.
 *
 * @module
 */
import { decide } from '../ops.ts';
import { isObject, own } from '../setting.ts';

/** One example. */
export interface Vector {
  readonly name: string;
  readonly op: string;
  readonly config: unknown;
  readonly input: unknown;
  readonly expect: Readonly<Record<string, unknown>>;
}

/** Something that is not as it was expected. */
export interface VectorDifference {
  readonly key: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** How one vector fared. */
export interface VectorResult {
  readonly name: string;
  readonly op: string;
  readonly ok: boolean;
  readonly differences: readonly VectorDifference[];
}

/** Vectors of a document, and what in it is none. */
export interface ReadVectors {
  readonly vectors: readonly Vector[];
  /** `[3].expect must be an object.` */
  readonly faults: readonly string[];
}

/** Reads a parsed document: a list of vectors. */
export function readVectors(document: unknown): ReadVectors {
  if (!Array.isArray(document)) return { vectors: [], faults: ['The file must hold a list.'] };
  const vectors: Vector[] = [];
  const faults: string[] = [];
  document.forEach((each: unknown, index) => {
    const at = `[${String(index)}]`;
    const [name, op, expected] = ['name', 'op', 'expect'].map((key) => own(each, key));
    if (typeof name !== 'string') faults.push(`${at}.name must be text.`);
    else if (typeof op !== 'string') faults.push(`${at}.op must be text.`);
    else if (!isObject(expected)) faults.push(`${at}.expect must be an object.`);
    else if (Object.keys(expected).length === 0) faults.push(`${at}.expect expects nothing.`);
    else {
      const [config, input] = [own(each, 'config'), own(each, 'input')];
      vectors.push({ name, op, config, input, expect: expected });
    }
  });
  return { vectors, faults };
}

/** Ops of admission, pairing, sessions and tools. */
const ANSWERED_WHOLE = /^(?:ingress|context|loop|pairing|route|session|tool)\./;

/** Decides one vector and compares. */
export function runVector({ name, op, config, input, expect }: Vector): VectorResult {
  const answer = decide(op, config, input);
  const whole = ANSWERED_WHOLE.test(op);
  const differences = Object.entries(expect).flatMap(([key, expected]) => {
    const actual = comparable(key, own(answer, key));
    return agrees(key, expected, actual, whole) ? [] : [{ key, expected, actual }];
  });
  return { name, op, ok: differences.length === 0, differences };
}

/** Lists and maps that are left out are empty; writing something down is nothing to compare. */
function comparable(key: string, actual: unknown): unknown {
  if (key === 'obligations' && Array.isArray(actual)) {
    return actual.filter((each) => each !== 'audit');
  }
  if (actual !== undefined) return actual;
  if (key === 'obligations' || key === 'warnings') return [];
  return key === 'constraints' ? {} : undefined;
}

function agrees(key: string, expected: unknown, actual: unknown, whole: boolean): boolean {
  if (key === 'warnings') {
    const given: readonly unknown[] = Array.isArray(actual) ? actual : [];
    return Array.isArray(expected) && expected.every((each) => given.includes(each));
  }
  return matches(expected, actual, whole && key !== 'state');
}

/** Deep equality; unless `whole`, objects may hold more than is expected of them. */
function matches(expected: unknown, actual: unknown, whole: boolean): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((each, index) => matches(each, actual[index], whole))
    );
  }
  if (!isObject(expected)) return Object.is(expected, actual);
  if (!isObject(actual)) return false;
  const keys = Object.keys(expected);
  if (whole && Object.keys(actual).length !== keys.length) return false;
  return keys.every(
    (key) => Object.hasOwn(actual, key) && matches(expected[key], actual[key], whole),
  );
}
