/**
 * How this program came here, and what brings a newer one the same way.
 *
 * @module
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** The package that is installed. */
export const PACKAGE = '@portcullis/cli';

/** Who installed a program. */
export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun' | 'unknown';

/** An installation of this program. */
export interface Installation {
  /** `package`: from a registry. `git`: a checkout, built on this machine. */
  readonly kind: 'package' | 'git';
  readonly manager: PackageManager;
  /** True where it is there for every folder, false where one folder has it. */
  readonly global: boolean;
  /** The folder it lies in. */
  readonly root: string;
  /** What to call, in order, to have a newer one. */
  readonly commands: readonly string[];
}

const TARGET = `${PACKAGE}@latest`;

/** Global folders of package managers, as parts of a path. */
const GLOBAL: readonly (readonly [RegExp, PackageManager, string])[] = [
  [/[/\\]pnpm[/\\]global[/\\]/u, 'pnpm', `pnpm add --global ${TARGET}`],
  [/[/\\]\.bun[/\\]install[/\\]global[/\\]/u, 'bun', `bun add --global --ignore-scripts ${TARGET}`],
  [/[/\\]yarn[/\\]global[/\\]/u, 'yarn', `yarn global add ${TARGET}`],
  [/[/\\]_npx[/\\]/u, 'npm', `npx ${TARGET} --version`],
  [
    /[/\\]lib[/\\]node_modules[/\\]@portcullis[/\\]cli[/\\]/u,
    'npm',
    `npm install --global --ignore-scripts ${TARGET}`,
  ],
];

/**
 * Tells how a script was installed, by where it lies.
 *
 * @param script its path; links are followed.
 */
export function installationOf(script: string): Installation {
  const real = existsSync(script) ? realpathSync(script) : script;
  const checkout = checkoutOf(real);
  if (checkout !== undefined) {
    const commands = [
      `git -C ${quoted(checkout)} pull --ff-only`,
      `pnpm --dir ${quoted(checkout)} install --frozen-lockfile`,
      `pnpm --dir ${quoted(checkout)} run build`,
    ];
    return { kind: 'git', manager: 'pnpm', global: false, root: checkout, commands };
  }
  const root = packageOf(real);
  const found = GLOBAL.find(([pattern]) => pattern.test(real) || pattern.test(script));
  if (found !== undefined) {
    const [, manager, command] = found;
    return { kind: 'package', manager, global: true, root, commands: [command] };
  }
  return localOf(real, root);
}

/** A package that one folder has in its `node_modules`. */
function localOf(real: string, root: string): Installation {
  const at = real.indexOf(`${sep}node_modules${sep}`);
  if (at === -1) return { kind: 'package', manager: 'unknown', global: false, root, commands: [] };
  const folder = real.slice(0, at);
  const isPnpm = real.includes(`${sep}.pnpm${sep}`);
  const command = isPnpm
    ? `pnpm --dir ${quoted(folder)} add ${TARGET}`
    : `npm install --ignore-scripts --prefix ${quoted(folder)} ${TARGET}`;
  const manager = isPnpm ? 'pnpm' : 'npm';
  return { kind: 'package', manager, global: false, root, commands: [command] };
}

/** The folder of the package: the script lies in its `bin`. */
function packageOf(real: string): string {
  return dirname(dirname(real));
}

/** The folder of a checkout with this workspace in it; undefined outside of one. */
function checkoutOf(real: string): string | undefined {
  if (real.includes(`${sep}node_modules${sep}`)) return undefined;
  const folder = dirname(dirname(packageOf(real)));
  const isOurs =
    existsSync(join(folder, 'pnpm-workspace.yaml')) && existsSync(join(folder, '.git'));
  return isOurs ? folder : undefined;
}

/** A word for a shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
