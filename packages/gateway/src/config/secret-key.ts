/**
 * Which config keys hold secrets, told by their names, so that keys of plugins nobody here knows
 * are covered as well. Promises: pure; rather hides too much than too little.
 *
 * @module
 */
import type { PathSegment } from './document/key-path.ts';

const SECRET_NAME =
  /(?:token|password|passwd|passphrase|secret|api_?key|private_?key|access_?key|signing_?key|encrypt(?:ion)?_?key|credentials?|authorization|auth_?tag|cookie|service_?account)$/iu;
const SECRET_LIST = /(?:tokens|passwords|secrets|api_?keys|cookies)$/iu;
/** Maps whose every value counts as a secret: variables and request headers. */
const SECRET_MAP = /^(?:env|vars|headers)$/iu;

/** Key paths whose plain name does not tell. */
const SECRET_PATHS: readonly RegExp[] = [
  /^channels\.tlon\.(?:accounts\.[^.]+\.)?code$/u,
  /^store\.url$/u,
];

/** True for a name that tells of a secret: `botToken`, `OPENAI_API_KEY`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * True when a string at this path is a secret: the last key (or, in a list, the key of the list)
 * is named like one, or the value stands in a map of variables or headers.
 */
export function isSecretKey(path: readonly PathSegment[]): boolean {
  const names = path.filter((segment) => typeof segment === 'string');
  const last = names.at(-1);
  if (last === undefined) return false;
  const inList = typeof path.at(-1) === 'number';
  if (SECRET_NAME.test(last) || (inList && SECRET_LIST.test(last))) return true;
  if (names.slice(0, -1).some((name) => SECRET_NAME.test(name) || SECRET_MAP.test(name)))
    return true;
  const joined = names.join('.');
  return SECRET_PATHS.some((pattern) => pattern.test(joined));
}
