/**
 * Parts other gateways have and this one does not, each with the traces it would leave here.
 *
 * A requirement about such a part has nothing to prove. The day the part arrives its traces appear,
 * the list of requirements it excused turns red, and they become tests.
 *
 * @module
 */
import { type Manifest, type Tree, packagesOf, sourcesOf, textOf } from '../../repo/tree.ts';

/** A part that is not here. */
export interface AbsentPart {
  /** Folders of packages that would bring it. */
  readonly packages?: readonly string[];
  /** Dependencies that would bring it. */
  readonly dependencies?: RegExp;
  /** What its source would say. */
  readonly source?: RegExp;
  /** Sources that say it and mean something else. */
  readonly except?: readonly string[];
}

/** The absent parts by name. */
export const ABSENT_PARTS: Readonly<Record<string, AbsentPart>> = {
  'skills that describe commands': {
    packages: ['tools-skills', 'skills'],
    source: /SKILL\.md|\b(?:load|install|list)Skills?\(/,
  },
  'a decoder of images': {
    dependencies: /^(?:sharp|jimp|canvas|pngjs|jpeg-js|image-size|@napi-rs\/canvas|@img\/.+)$/,
    source: /\b(?:createImageBitmap|decodeImage|resizeImage)\(/,
  },
  'a browser the agent drives': {
    packages: ['tools-browser'],
    dependencies: /^(?:playwright|puppeteer|chrome-remote-interface|webdriver)/,
    source: /remote-debugging-port|webSocketDebuggerUrl/,
  },
  'a program the gateway starts for itself': {
    dependencies: /^(?:simple-git|isomorphic-git|nodegit|execa|cross-spawn|shelljs|zx)$/,
    source: /node:child_process/,
    except: [
      // The agent's commands, what runs before them in the sandbox, the operator's own source of
      // secrets, and the command by which he publishes the gateway.
      'packages/gateway/src/brokers/proc/child.ts',
      'packages/gateway/src/brokers/tunnel/forwarder.ts',
      'packages/gateway/src/config/secret-provider.ts',
      // The operator's own browser, at his command; the gateway is another process.
      'packages/cli/src/compose/browser.ts',
      'packages/gateway/src/exposure/tailscale/program.ts',
      // Programs of the machine that a command of the operator needs: his way to a gateway elsewhere,
      // his keychain, the manager of services, and npm, which is asked for a version.
      'packages/cli/src/compose/ssh-tunnel.ts',
      'packages/cli/src/secrets/keychain.ts',
      'packages/cli/src/service/program.ts',
      'packages/cli/src/npm/npm.ts',
    ],
  },
  'a bot framework channel': {
    packages: ['channels-msteams', 'channels-googlechat'],
    source: /serviceUrl/,
  },
  'a login through OAuth': {
    dependencies: /oauth|openid-client/,
    source: /code_challenge|code_verifier|authorization_code/,
  },
};

function runtimeDependencies({ manifest }: { readonly manifest: Manifest }): readonly string[] {
  const { dependencies, peerDependencies, optionalDependencies } = manifest;
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
}

/** Where a tree shows the part, empty while it is absent. */
export function tracesOf(part: AbsentPart, tree: Tree): readonly string[] {
  const traces: string[] = [];
  for (const found of packagesOf(tree)) {
    if (part.packages?.includes(found.folder) === true) traces.push(found.path);
    for (const name of runtimeDependencies(found)) {
      if (part.dependencies?.test(name) === true) traces.push(`${found.path}: ${name}`);
    }
  }
  for (const path of sourcesOf(tree)) {
    if (part.except?.includes(path) === true) continue;
    if (part.source?.test(textOf(tree, path)) === true) traces.push(path);
  }
  return traces;
}
