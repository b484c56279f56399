/**
 * Shows a config without its secrets, and takes it back with the secrets put in again. Promises:
 * pure; whatever is named like a secret is hidden, in values, in URLs and in comments; a marker
 * that comes back is replaced by exactly the value it stood for, or refused.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigValue, isConfigObject, objectOf, sameValue } from './document/config-value.ts';
import { type DocumentNode, type Span, parseWithComments } from './document/document.ts';
import { type PathSegment, formatPath, stepInto } from './document/key-path.ts';
import { type Splice, applySplices } from './document/splice.ts';
import { parseSecretRef } from './schema/secret-ref.ts';
import { isSecretKey } from './secret-key.ts';

/** What stands where a secret was. */
export const REDACTED = '__OPENCLAW_REDACTED__';

type Path = readonly PathSegment[];

/** Longer texts are no URLs, and would make the search below slow. */
const MAX_URL_LENGTH = 4096;
const PLACEHOLDER = /^\$\{[A-Z_][A-Z0-9_]*\}$/u;
const URL_WITH_SECRET =
  /:\/\/[^/\s@:]*:[^/\s@]*@|[?&#][^=&#\s]*(?:token|key|secret|password|auth|sig)[^=&#\s]*=[^&#\s]/iu;
/** In comments: a secret's name with a value, or anything that looks like a generated token. */
const COMMENT_SECRET =
  /((?:token|password|passwd|secret|api_?key|private_?key|authorization)["']?\s*[:=]\s*)(?:"[^"\n]*"|'[^'\n]*'|[^\s,"']+)|(?<![A-Za-z0-9_+/=:.-])(?=[A-Za-z_+/=:.-]*[0-9])[A-Za-z0-9_+/=:.-]{20,}/giu;

function isHidden(value: ConfigValue, path: Path): boolean {
  if (typeof value === 'number') return isSecretKey(path);
  if (typeof value !== 'string' || value === '' || PLACEHOLDER.test(value)) return false;
  return isSecretKey(path) || URL_WITH_SECRET.test(value.slice(0, MAX_URL_LENGTH));
}

function redactAt(value: ConfigValue, path: Path): ConfigValue {
  if (Array.isArray(value)) return value.map((item, index) => redactAt(item, [...path, index]));
  if (isConfigObject(value)) {
    if (parseSecretRef(value) !== undefined) return value;
    return objectOf(
      Object.entries(value).map(([key, child]) => [key, redactAt(child, [...path, key])] as const),
    );
  }
  return isHidden(value, path) ? REDACTED : value;
}

/** A copy of a config with every secret replaced by {@link REDACTED}. References and `${NAME}` stay. */
export function redactConfig<T extends ConfigValue>(value: T): T {
  return redactAt(value, []) as T;
}

/** The places of all scalars of a document, by path. */
function eachScalar(node: DocumentNode, path: Path, visit: (path: Path, span: Span) => void): void {
  if (node.kind === 'scalar') {
    visit(path, node);
    return;
  }
  for (const member of node.members) {
    const segment = node.kind === 'array' ? Number(member.key) : member.key;
    eachScalar(member.value, [...path, segment], visit);
  }
}

function valueAt(value: ConfigValue, path: Path): ConfigValue | undefined {
  return path.reduce<ConfigValue | undefined>(stepInto, value);
}

function redactComment(comment: string): string {
  return comment.replaceAll(
    COMMENT_SECRET,
    (_, name: string | undefined) => `${name ?? ''}${REDACTED}`,
  );
}

/**
 * A config text with every secret replaced, comments included.
 *
 * @throws PortcullisError `config.syntax` when it does not parse: then nothing can be shown safely.
 */
export function redactConfigText(raw: string): string {
  const { root, comments, value } = parseWithComments(raw, 'The config');
  const hidden = redactAt(value, []);
  const splices: Splice[] = [];
  eachScalar(root, [], (path, { start, end }) => {
    const shown = valueAt(hidden, path);
    if (shown === REDACTED) splices.push({ start, end, text: JSON.stringify(REDACTED) });
  });
  for (const { start, end } of comments) {
    splices.push({ start, end, text: redactComment(raw.slice(start, end)) });
  }
  return applySplices(raw, splices);
}

/** The item of an old list that a shown item was made from; undefined where that is not clear. */
function oldIndex(
  items: readonly ConfigValue[],
  index: number,
  before: readonly ConfigValue[],
  path: Path,
): number | undefined {
  const shown = before.map((old, i) => redactAt(old, [...path, i]));
  const same = shown.flatMap((old, i) => (sameValue(old, items[index]) ? [i] : []));
  const hasAll = items.length === before.length;
  if (same.length === 1) return same[0];
  if (same.length > 1) return hasAll ? index : undefined;
  // An item that was edited in place, unless what stood here has only moved.
  const moved = items.some((item) => sameValue(item, shown[index]));
  return hasAll && !moved ? index : undefined;
}

/** For each marker in `value`: its path, and the path in `old` of what it stands for. */
function origins(
  value: ConfigValue,
  old: ConfigValue | undefined,
  path: Path,
  oldPath: Path,
): readonly (readonly [Path, Path])[] {
  if (value === REDACTED) {
    const isKnown = old !== undefined && redactAt(old, oldPath) === REDACTED;
    if (isKnown) return [[path, oldPath]];
    throw new PortcullisError(
      'config.redacted',
      `${formatPath(path)} holds the marker of a hidden secret, but there is none to keep.`,
      {
        hint: 'Write the secret itself, or a SecretRef. When entries of a list were moved, write the secrets of those entries again.',
        details: { path: formatPath(path) },
      },
    );
  }
  if (Array.isArray(value)) {
    const before = Array.isArray(old) ? old : [];
    return value.flatMap((item, index) => {
      const from = oldIndex(value, index, before, oldPath);
      return origins(
        item,
        from === undefined ? undefined : before[from],
        [...path, index],
        [...oldPath, from ?? index],
      );
    });
  }
  if (!isConfigObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    origins(child, stepInto(old, key), [...path, key], [...oldPath, key]),
  );
}

/**
 * Puts back the secrets that were hidden when the config was shown.
 *
 * @throws PortcullisError `config.redacted` when a marker stands where no secret was.
 */
export function restoreRedacted<T extends ConfigValue>(value: T, old: ConfigValue): T {
  const from = new Map(
    origins(value, old, [], []).map(([path, oldPath]) => [formatPath(path), oldPath]),
  );
  const restore = (at: ConfigValue, path: Path): ConfigValue => {
    if (Array.isArray(at)) return at.map((item, index) => restore(item, [...path, index]));
    if (isConfigObject(at)) {
      return objectOf(
        Object.entries(at).map(([key, child]) => [key, restore(child, [...path, key])] as const),
      );
    }
    const oldPath = at === REDACTED ? from.get(formatPath(path)) : undefined;
    return oldPath === undefined ? at : (valueAt(old, oldPath) ?? at);
  };
  return restore(value, []) as T;
}

/**
 * {@link restoreRedacted} for texts: secrets and comments come back as they were written.
 *
 * @throws PortcullisError `config.redacted`; `config.syntax` when one of the texts does not parse.
 */
export function restoreRedactedText(raw: string, oldRaw: string): string {
  const next = parseWithComments(raw, 'The new config');
  const old = parseWithComments(oldRaw, 'The old config');
  const oldSpans = new Map<string, Span>();
  eachScalar(old.root, [], (path, span) => oldSpans.set(formatPath(path), span));
  const from = new Map(
    origins(next.value, old.value, [], []).map(([path, oldPath]) => [
      formatPath(path),
      formatPath(oldPath),
    ]),
  );
  const splices: Splice[] = [];
  eachScalar(next.root, [], (path, { start, end }) => {
    const span = oldSpans.get(from.get(formatPath(path)) ?? '');
    if (span !== undefined && from.has(formatPath(path))) {
      splices.push({ start, end, text: oldRaw.slice(span.start, span.end) });
    }
  });
  const oldComments = new Map(
    old.comments.map(({ start, end }) => [
      redactComment(oldRaw.slice(start, end)),
      oldRaw.slice(start, end),
    ]),
  );
  for (const { start, end } of next.comments) {
    const comment = raw.slice(start, end);
    splices.push({ start, end, text: oldComments.get(comment) ?? comment });
  }
  return applySplices(raw, splices);
}
