/**
 * What an installation weighs: the gateway, one channel and the model client, as npm lays them out.
 *
 * The packages are packed as they would be published and installed into an empty folder. In a short
 * run nothing is packed or fetched: what would be installed is found by following the production
 * dependencies in this checkout, and only the files a package publishes are weighed.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../packages', import.meta.url));
/** What a user installs; everything else follows. */
const INSTALLED = ['cli', 'channels-telegram'];

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureSize({ short }) {
  return short ? weighCheckout() : weighInstallation();
}

/** Bytes of all files below `path`. Links are not followed. */
function bytesOf(path) {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** The folders of the packages of this repository that `INSTALLED` needs, themselves included. */
function ownFolders() {
  const folders = new Set();
  const visit = (folder) => {
    if (folders.has(folder)) return;
    folders.add(folder);
    for (const [name, range] of Object.entries(manifestOf(folder).dependencies ?? {})) {
      if (range.startsWith('workspace:')) visit(join(PACKAGES, name.split('/').at(-1)));
    }
  };
  for (const name of INSTALLED) visit(join(PACKAGES, name));
  return [...folders];
}

function weighInstallation() {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-install-'));
  try {
    const dependencies = packInto(folder);
    const overrides = Object.fromEntries(
      Object.keys(dependencies).map((name) => [name, `$${name}`]),
    );
    const manifest = { private: true, dependencies, overrides };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    run('npm', ['install', '--omit=dev', '--ignore-scripts', ...quiet], folder);
    const modules = join(folder, 'node_modules');
    return { size: bytesOf(modules) / 1e6, packages: countPackages(modules) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packs our packages below `folder`; answers where each of them is, as a dependency. */
function packInto(folder) {
  const { packageManager } = manifestOf(dirname(PACKAGES));
  const tarballs = join(folder, 'tarballs');
  mkdirSync(tarballs);
  return Object.fromEntries(
    ownFolders().map((own) => {
      const before = new Set(readdirSync(tarballs));
      run('npx', ['--yes', packageManager, 'pack', '--pack-destination', tarballs], own);
      const file = readdirSync(tarballs).find((name) => !before.has(name));
      return [manifestOf(own).name, `file:tarballs/${file}`];
    }),
  );
}

function run(program, args, cwd) {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Packages in a `node_modules` folder, nested ones included. */
function countPackages(modules) {
  const names = existsSync(modules)
    ? readdirSync(modules).filter((name) => !name.startsWith('.'))
    : [];
  return names
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(modules, name)).map((each) => join(name, each))
        : [name],
    )
    .reduce((sum, name) => sum + 1 + countPackages(join(modules, name, 'node_modules')), 0);
}

function weighCheckout() {
  const own = new Set(ownFolders().map((folder) => realpathSync(folder)));
  const seen = new Set();
  let bytes = 0;
  const visit = (folder) => {
    if (seen.has(folder)) return;
    seen.add(folder);
    const { dependencies = {}, optionalDependencies = {}, files = [] } = manifestOf(folder);
    const published = own.has(folder)
      ? ['package.json', 'README.md', ...files]
      : readdirSync(folder);
    for (const name of published) {
      const path = join(folder, name);
      if (name !== 'node_modules' && existsSync(path)) bytes += bytesOf(path);
    }
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = findPackage(name, folder);
      if (found !== undefined) visit(found);
    }
  };
  for (const folder of own) visit(folder);
  return { size: bytes / 1e6, packages: seen.size };
}

/** Where Node would find `name` from `folder`. */
function findPackage(name, folder) {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'node_modules', name);
    if (existsSync(path)) return realpathSync(path);
    if (at === dirname(at)) return undefined;
  }
}
