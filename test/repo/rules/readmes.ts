/**
 * Documents that cannot go stale: their code compiles and their commands exist.
 *
 * @module
 */
import { type AstNode, stringOf, walkFile } from '../source.ts';
import { type Tree, rootManifest, sourcesOf, textOf } from '../tree.ts';

/** A fenced block of a document. */
export interface Block {
  readonly path: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** What stands behind the fence: `ts`, `sh`, `json`. */
  readonly language: string;
  readonly text: string;
}

/** Documents for people: the root's, the packages' and everything below `docs/`. */
function documentsOf(tree: Tree): readonly string[] {
  return [...tree.keys()].filter(
    (path) =>
      path.endsWith('.md') &&
      !path.endsWith('CHANGELOG.md') &&
      (/^[^/]+$/.test(path) ||
        /^(?:packages|examples)\/[^/]+\/[^/]+$/.test(path) ||
        path.startsWith('docs/')),
  );
}

/** The fenced blocks of every document. */
export function blocksOf(tree: Tree): readonly Block[] {
  return documentsOf(tree).flatMap((path) => {
    const text = tree.get(path) ?? '';
    return [...text.matchAll(/^( *)(`{3,})(\w*)[^\n]*\n([\s\S]*?)^\1\2 *$/gm)].map((match) => ({
      path,
      line: text.slice(0, match.index).split('\n').length,
      language: match[3] ?? '',
      text: match[4] ?? '',
    }));
  });
}

/**
 * The TypeScript of every document as programs. A block that imports something begins one; a block
 * that imports nothing goes on with the one before it in the same document.
 */
export function programsOf(tree: Tree): readonly Block[] {
  const programs: Block[] = [];
  for (const block of blocksOf(tree)) {
    if (block.language !== 'ts') continue;
    const before = programs.at(-1);
    if (before?.path === block.path && !/^import\b/m.test(block.text)) {
      programs[programs.length - 1] = { ...before, text: `${before.text}\n${block.text}` };
    } else {
      programs.push(block);
    }
  }
  return programs;
}

/** Programs a document may ask its reader to run beside ours. */
const PROGRAMS = new Set([
  'cat',
  'cd',
  'chmod',
  'corepack',
  'cp',
  'curl',
  'echo',
  'export',
  'git',
  'ln',
  'ls',
  'mkdir',
  'mv',
  'node',
  'ollama',
  'openssl',
  'sqlite3',
  'ssh',
  'tailscale',
  'tar',
]);

const NPM_BUILTINS = new Set(['install', 'ci', 'start', 'test', 'exec', 'pack', 'uninstall']);

/**
 * Commands in `sh` blocks that nobody could run.
 *
 * `verbs` are those of `openclaw`: `gateway run`, `pairing approve`.
 */
export function checkCommands(tree: Tree, verbs: readonly string[]): readonly string[] {
  const scripts = rootManifest(tree).scripts ?? {};
  return blocksOf(tree)
    .filter(({ language }) => /^(?:sh|bash|console|shell)$/.test(language))
    .flatMap(({ path, line, text }) =>
      commandsIn(text).flatMap((words) => {
        const problem = judge(words, scripts, verbs);
        return problem === undefined ? [] : [`${path}:${line}: ${problem}`];
      }),
    );
}

/** Commands of a block as words: continuation lines joined, comments and `NAME=value` dropped. */
function commandsIn(text: string): readonly (readonly string[])[] {
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/^\s*\$ /, '').replace(/(?:^|\s)#.*$/, ''))
    .flatMap((line) => line.split(/\s*(?:&&|\|\||[|;])\s*/))
    .map((command) => command.trim().split(/\s+/))
    .map((words) => {
      const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
      return first === -1 ? [] : words.slice(first);
    })
    .filter(([program = '']) => program !== '');
}

function judge(
  [program = '', ...rest]: readonly string[],
  scripts: Readonly<Record<string, string>>,
  verbs: readonly string[],
): string | undefined {
  const words = rest.filter((word) => !word.startsWith('-'));
  const [first = '', second = ''] = words;
  const hasScript = (name: string): boolean => Object.hasOwn(scripts, name);
  switch (program) {
    case 'openclaw':
      return isVerb(words, verbs)
        ? undefined
        : `openclaw has no command "${[first, second].join(' ').trim()}"`;
    case 'npm':
      if (first === 'run') return hasScript(second) ? undefined : `there is no script "${second}"`;
      if (!NPM_BUILTINS.has(first)) return `npm has no "${first}" here`;
      return /^(?:start|test)$/.test(first) && !hasScript(first)
        ? `there is no script "${first}"`
        : undefined;
    case 'npx':
      if (first.startsWith('pnpm@')) return judge(['pnpm', ...words.slice(1)], scripts, verbs);
      return first === 'openclaw'
        ? judge(['openclaw', ...words.slice(1)], scripts, verbs)
        : undefined;
    case 'pnpm': {
      const name = first === 'run' ? second : first;
      const known = hasScript(name) || ['install', 'exec', 'add'].includes(name);
      return known ? undefined : `there is no script "${name}"`;
    }
    default:
      return PROGRAMS.has(program)
        ? undefined
        : `"${program}" is no command a reader is sure to have`;
  }
}

/**
 * Commands our own texts tell somebody to run (in quotes inside a sentence, or as a whole text)
 * that do not exist: hints of errors, the page, the first configuration.
 */
export function checkAdvice(tree: Tree, verbs: readonly string[]): readonly string[] {
  const problems = new Set<string>();
  for (const path of sourcesOf(tree)) {
    walkFile(path, textOf(tree, path), (node) => {
      const text = node.type === 'TemplateElement' ? rawOf(node) : stringOf(node);
      const quoted = text?.matchAll(/["`]openclaw ([^"`]*)(?:["`]|$)/g) ?? [];
      const whole = text?.match(/^openclaw ([a-z]+(?: [a-z-]+)*)$/);
      for (const [, command = ''] of [...quoted, ...(whole ? [whole] : [])]) {
        const words = command.split(' ').filter((word) => /^[a-z]/.test(word));
        if (!isVerb(words, verbs)) {
          problems.add(`${path}: tells to run "openclaw ${command}", which does not exist`);
        }
      }
    });
  }
  return [...problems];
}

function rawOf(node: AstNode): string {
  return (node['value'] as { readonly raw: string }).raw;
}

/** True when the words begin with a command of the table; options alone (`--version`) are fine. */
function isVerb(words: readonly string[], verbs: readonly string[]): boolean {
  if (words.length === 0) return true;
  const groups = new Set(verbs.map((verb) => verb.split(' ')[0]));
  const [first = '', second = ''] = words;
  if ([2, 3].some((length) => verbs.includes(words.slice(0, length).join(' ')))) return true;
  const hasSubcommands = verbs.some((verb) => verb.startsWith(`${first} `));
  return verbs.includes(first) && (!hasSubcommands || second === '' || groups.has(first));
}

/** `json` blocks that are no JSON. (Configuration with comments is fenced as `json5`.) */
export function checkJson(tree: Tree): readonly string[] {
  return blocksOf(tree)
    .filter(({ language }) => language === 'json')
    .flatMap(({ path, line, text }) => {
      try {
        JSON.parse(text);
        return [];
      } catch {
        return [`${path}:${line}: this is no JSON`];
      }
    });
}

/** Relative links of documents that lead nowhere. `exists` answers for a path from the root. */
export function checkLinks(tree: Tree, exists: (path: string) => boolean): readonly string[] {
  return documentsOf(tree).flatMap((path) => {
    const text = (tree.get(path) ?? '').replaceAll(/^( *)(`{3,})[\s\S]*?^\1\2/gm, '');
    return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)].flatMap(([, target = '']) => {
      if (/^[a-z]+:/.test(target)) return [];
      const found = new URL(target, `file:///${path}`).pathname.slice(1).replace(/\/$/, '');
      return exists(decodeURIComponent(found)) ? [] : [`${path}: ${target} does not exist`];
    });
  });
}

/** What the root README must say. */
export function checkReadme(tree: Tree): readonly string[] {
  const readme = tree.get('README.md') ?? '';
  const scripts = rootManifest(tree).scripts ?? {};
  const problems: string[] = [];
  for (const name of ['start', 'test']) {
    if (!readme.includes(`npm ${name}`)) problems.push(`README.md: names "npm ${name}"`);
    const program = /^node (\S+)/.exec(scripts[name] ?? '')?.[1];
    if (program === undefined) problems.push(`package.json: has a script "${name}" that runs node`);
    else if (!tree.has(program))
      problems.push(`package.json: "${name}" runs ${program}, which is missing`);
  }
  return problems;
}
