/**
 * Is a program of a command listed? By path or name, by an exact earlier approval, as a safe bin,
 * or as a harmless builtin.
 *
 * @module
 */
import { isInside, normalisePath } from '../files/path.ts';
import { compilePattern } from '../pattern/pattern.ts';
import { asList, own, setting } from '../setting.ts';
import type { Segment } from './analyze.ts';
import { argvHash } from './digest.ts';
import { matchesGlob } from './glob.ts';
import { baseName, trustPath } from './program.ts';
import { isSafeBin } from './safe-bins.ts';
import type { ExecConfig } from './settings.ts';

/** Surroundings of a command that its list entries are compared with. */
export interface MatchFacts {
  readonly which: unknown;
  /** Undefined when unknown; durable trust then matches nothing. */
  readonly cwd: string | undefined;
  readonly home: string | undefined;
  /** Where the agent may write: durable trust never reaches in there. */
  readonly workspace: string | undefined;
  /** Hex SHA-256 of script files by path. */
  readonly scripts: unknown;
  readonly exec: ExecConfig;
}

const BUILTINS = new Set([':', 'cd', 'false', 'pwd', 'test', 'true']);

/** The list for `agentId` in a host's document: entries for everybody, then the agent's own. */
export function allowlistOf(document: unknown, agentId: string): readonly unknown[] {
  const entries = (agent: string) => asList(setting(document, 'agents', agent, 'allowlist')) ?? [];
  return agentId === '*' ? entries('*') : [...entries('*'), ...entries(agentId)];
}

function isBuiltin({ argv, wrapped }: Segment): boolean {
  const [name = ''] = argv;
  if (wrapped) return false;
  return BUILTINS.has(name) || (name === '[' && argv.length > 1 && argv.at(-1) === ']');
}

/** True for `./x` behind a `cd`: where it leads is not what was looked up. */
function isMoved({ argv, afterCd }: Segment): boolean {
  const [name = ''] = argv;
  return afterCd && name.includes('/') && !name.startsWith('/');
}

function matchesArguments(entry: unknown, args: readonly string[]): boolean {
  const pattern = own(entry, 'argPattern');
  if (pattern === undefined) return true;
  return typeof pattern === 'string' && compilePattern(pattern)?.test(args.join(' ')) === true;
}

function matchesProgram(pattern: string, program: string, path: string, home?: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('~')) {
    return home !== undefined && matchesGlob(`${home}${pattern.slice(1)}`, path);
  }
  if (pattern.includes('/')) return matchesGlob(pattern, path);
  return !program.includes('/') && matchesGlob(pattern, baseName(program));
}

/** An entry a person wrote: a path or name, and perhaps what the arguments must look like. */
function matchesEntry(entry: unknown, segment: Segment, path: string, facts: MatchFacts): boolean {
  if (own(entry, 'source') !== undefined) return false;
  const [program = '', ...args] = segment.argv;
  const pattern = own(entry, 'pattern');
  return (
    typeof pattern === 'string' &&
    pattern !== '' &&
    matchesProgram(pattern, program, path, facts.home) &&
    matchesArguments(entry, args)
  );
}

/**
 * An entry an approval left: this executable, these exact words, this directory, and the contents
 * it was given for.
 */
function matchesDurable(
  entry: unknown,
  segment: Segment,
  path: string,
  facts: MatchFacts,
): boolean {
  const { cwd, workspace } = facts;
  if (own(entry, 'source') !== 'allow-always' || segment.afterCd) return false;
  if (cwd === undefined || workspace === undefined) return false;
  if (isInside(path, workspace, true)) return false;
  const [program = ''] = segment.argv;
  const fingerprint = own(entry, 'sha256');
  const known = own(own(facts.which, program), 'sha256');
  if (fingerprint !== undefined && fingerprint !== known) return false;
  const script = own(entry, 'script');
  if (script !== undefined && script !== null) {
    const at = own(script, 'path');
    const hash = own(script, 'sha256');
    if (typeof at !== 'string' || isInside(normalisePath(at), workspace, true)) return false;
    if (typeof hash !== 'string' || own(facts.scripts, at) !== hash) return false;
  }
  return (
    own(entry, 'realPath') === path && own(entry, 'argvHash') === argvHash(segment.original, cwd)
  );
}

/** True when one program of a command needs no further approval. */
export function isSatisfied(
  segment: Segment,
  entries: readonly unknown[],
  facts: MatchFacts,
): boolean {
  if (segment.carrier) return false;
  if (isBuiltin(segment)) return true;
  if (isMoved(segment)) return false;
  const path = trustPath(facts.which, segment.argv[0] ?? '');
  if (path === undefined) return false;
  return (
    entries.some(
      (entry) =>
        matchesEntry(entry, segment, path, facts) || matchesDurable(entry, segment, path, facts),
    ) || isSafeBin(segment, facts.which, facts.exec)
  );
}
