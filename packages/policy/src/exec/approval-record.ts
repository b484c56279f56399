/**
 * What an approval is bound to, and what can be bound at all.
 *
 * @module
 */
import { digestOf } from '../digest.ts';
import { isInside, normalisePath } from '../files/path.ts';
import { asList, asText, asTexts, InvalidSetting, isObject, own, setting } from '../setting.ts';
import { analyzeWords } from './analyze.ts';
import { interpreterUse, isInterpreterName, namesEvalForm, roughWords } from './interpreter.ts';
import { baseName, isShellName } from './program.ts';

/** An executable as it was when the approval was asked for. */
export interface BoundExecutable {
  readonly realPath: string;
  /** Hex SHA-256; without it, device, inode and time bind the file for a single use only. */
  readonly sha256?: string;
  readonly dev?: number | string;
  readonly ino?: number | string;
  readonly mtime?: number | string;
}

/** Exactly what would run: the input of the digest. */
export interface ApprovalRequest {
  readonly host: string;
  readonly nodeId: string | null;
  /** The words of every command, wrappers included. */
  readonly argv: readonly (readonly string[])[];
  readonly rawCommand: string;
  /** Free of links. */
  readonly cwd: string;
  /** Variables the call sets. */
  readonly env: Readonly<Record<string, string>>;
  /** One for each command of `argv`. */
  readonly exec: readonly BoundExecutable[];
  /** The script an interpreter would run. */
  readonly script: { readonly path: string; readonly sha256: string } | null;
  readonly agentId: string;
  readonly sessionKey: string;
}

const FIELDS = [
  'host',
  'nodeId',
  'argv',
  'rawCommand',
  'cwd',
  'env',
  'exec',
  'script',
  'agentId',
  'sessionKey',
] as const;

/** A checked copy of a request from outside, with nothing in it that the digest does not cover. */
export function readRequest(value: unknown): ApprovalRequest {
  const text = (key: string): string => {
    const field = asText(setting(value, key));
    if (field === undefined) throw new InvalidSetting(key);
    return field;
  };
  const argv = (asList(setting(value, 'argv')) ?? []).map(
    (words, index) => asTexts({ value: words, path: `argv.${index}` }) ?? [],
  );
  const env = setting(value, 'env').value ?? {};
  const script = setting(value, 'script').value ?? null;
  const exec = asList(setting(value, 'exec')) ?? [];
  if (!isObject(env) || !Object.values(env).every((each) => typeof each === 'string')) {
    throw new InvalidSetting('env');
  }
  if (argv.some((words) => words.length === 0)) throw new InvalidSetting('argv');
  return {
    host: text('host'),
    nodeId: asText({ value: own(value, 'nodeId') ?? undefined, path: 'nodeId' }) ?? null,
    argv,
    rawCommand: text('rawCommand'),
    cwd: text('cwd'),
    env: env as Readonly<Record<string, string>>,
    exec: exec.map(readExecutable),
    script: script === null ? null : readScript(script),
    agentId: text('agentId'),
    sessionKey: text('sessionKey'),
  };
}

function readExecutable(value: unknown): BoundExecutable {
  if (typeof own(value, 'realPath') !== 'string' || !isObject(value)) {
    throw new InvalidSetting('exec');
  }
  return value as unknown as BoundExecutable;
}

function readScript(value: unknown): { path: string; sha256: string } {
  const path = asText(setting(value, 'path'));
  const sha256 = asText(setting(value, 'sha256'));
  if (path === undefined || sha256 === undefined) throw new InvalidSetting('script');
  return { path, sha256 };
}

/** Hex SHA-256 over everything that would run. Two requests agree exactly when it is the same run. */
export function requestDigest(request: ApprovalRequest): string {
  const bound = Object.fromEntries(FIELDS.map((field) => [field, request[field]]));
  return digestOf({ v: 1, ...bound });
}

/** How the programs of a request may be bound. */
export interface Binding {
  /** False when an interpreter would run a file that cannot be pinned down. */
  readonly bindable: boolean;
  /** True when everything that would run has a fingerprint and lies where the agent cannot write. */
  readonly durable: boolean;
}

/** One program of a request, by every name it is known to go by. */
interface Run {
  readonly names: readonly string[];
  readonly argv: readonly string[];
  readonly carrier: boolean;
  readonly inline: boolean;
}

/** The programs of a request; undefined when a nested text is unanalysable. */
function runsOf({ argv, exec }: ApprovalRequest): readonly Run[] | undefined {
  const commands = argv.map((words, index): readonly Run[] | undefined => {
    const real = exec[index]?.realPath;
    return analyzeWords([words], { which: undefined })?.map((segment) => ({
      names: real === undefined ? segment.names : [...segment.names, baseName(real)],
      argv: segment.argv,
      carrier: segment.carrier,
      inline: segment.inline,
    }));
  });
  return commands.every((each) => each !== undefined) ? commands.flat() : undefined;
}

/** True when the arguments hold the program text itself, so that the digest covers it. */
function carriesText({ names, argv, carrier }: Run): boolean {
  const args = argv.slice(1);
  if (interpreterUse(names, args) === 'text') return true;
  const shellText = args.some((arg, index) => /^-[A-Za-z]*c/.test(arg) && index + 1 < args.length);
  if (names.some(isShellName)) return shellText;
  return carrier && (shellText || namesEvalForm(roughWords(argv.join(' '))));
}

function isRuntime(name: string): boolean {
  return isInterpreterName(name) || isShellName(name);
}

/** True when an interpreter or shell would run something. */
function interprets({ names, argv, carrier }: Run): boolean {
  return names.some(isRuntime) || (carrier && argv.some((word) => isRuntime(baseName(word))));
}

/**
 * What of a request can be bound.
 *
 * @param request the request
 * @param fileOperands existing local files among the operands
 * @param workspace where the agent may write
 */
export function bindingOf(
  request: ApprovalRequest,
  fileOperands: readonly string[],
  workspace: string,
): Binding {
  const { argv, exec, script } = request;
  const runs = runsOf(request);
  const running = runs?.filter((each) => interprets(each) && !carriesText(each)) ?? [];
  const [operand, ...others] = fileOperands;
  const pinned = others.length === 0 && operand !== undefined && script?.path === operand;
  const within = (path: string): boolean => isInside(normalisePath(path), workspace, true);
  const fixed = exec.every(({ realPath, sha256 }) => sha256 !== undefined && !within(realPath));
  return {
    bindable: runs !== undefined && (running.length === 0 || pinned),
    durable:
      argv.length > 0 &&
      exec.length === argv.length &&
      fixed &&
      (script === null || !within(script.path)) &&
      runs?.some(({ inline, carrier }) => inline || carrier) === false,
  };
}
