/**
 * How the programs of one decided command start: on the machine itself or in the sandbox, and only
 * as long as they are still what was decided about.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { Launch } from './child.ts';
import type { Launcher } from './command-run.ts';
import { environmentOf } from './environment.ts';
import { type Fingerprint, findExecutable, fingerprint, isSameFile } from './executables.ts';
import { type CommandFacts, directoryAt } from './facts.ts';
import type { Program } from './plan.ts';
import { type Sandbox, type SandboxView, below } from './sandbox.ts';

/** How to start what was decided. */
export interface LaunchOptions {
  readonly facts: CommandFacts;
  /** The sandbox and what it sees; undefined for the machine itself. */
  readonly sandbox: { readonly sandbox: Sandbox; readonly view: SandboxView } | undefined;
  /** The decision was about these very programs: another one of the same name is refused. */
  readonly pinned: boolean;
  /** A person saw the files: a change of one is refused. */
  readonly approved: boolean;
}

/** What runs is not what was decided about. */
export function mismatch(): PortcullisError {
  return new PortcullisError(
    'exec.approval.mismatch',
    'What would run is no longer what was decided about.',
    { hint: 'A program, script or directory changed meanwhile. Ask again.' },
  );
}

/** The launcher of one command. Its `launch` throws `exec.approval.mismatch`. */
export function createLauncher(options: LaunchOptions): Launcher {
  const { facts, sandbox } = options;
  const env = environmentOf({
    path: facts.path,
    home: facts.workspace.path,
    overrides: facts.env,
  });
  return {
    home: facts.workspace.path,
    enter: async (path) => {
      const known = await directoryAt(path);
      if (sandbox === undefined) return known?.path;
      // What lies outside the workspace is another place inside the sandbox.
      const { workspace } = sandbox.view;
      const shared = path === workspace || below(workspace, path) !== undefined;
      return shared && sandbox.view.access !== 'none' ? known?.path : path;
    },
    launch: async (program, cwd) => {
      const argv = 'shell' in program ? ['/bin/sh', '-c', program.shell] : program.argv;
      const file = await check(options, program, cwd);
      if (file === undefined) return `${argv[0] ?? ''}: there is no such program`;
      const args = argv.slice(1);
      if (sandbox === undefined) {
        return { file: file.path, argv0: argv[0] ?? file.path, args, env, cwd };
      }
      const launch: Launch | undefined = await sandbox.sandbox.launch(
        { path: file.path, args, env, cwd },
        sandbox.view,
      );
      if (launch === undefined) throw mismatch();
      return launch;
    },
  };
}

/** The file to execute, after everything the decision rests on was looked at once more. */
async function check(
  { facts, pinned, approved }: LaunchOptions,
  program: Program | { readonly shell: string },
  cwd: string,
): Promise<Fingerprint | undefined> {
  const words = 'shell' in program ? ['/bin/sh'] : program.argv;
  const [first = ''] = words;
  // What was decided about was looked up where the command begins, not where a `cd` leads.
  const lookup = { path: facts.path, cwd: pinned ? facts.cwd.path : cwd };
  if (pinned) {
    if (!facts.executables.has(first)) throw mismatch();
    for (const word of words) {
      if (!facts.executables.has(word)) continue;
      const now = await findExecutable(word, lookup);
      if (!isSameFile(facts.executables.get(word), now)) throw mismatch();
    }
  }
  if (approved) {
    for (const file of facts.operands) {
      if (!isSameFile(file, await fingerprint(file.path))) throw mismatch();
    }
  }
  return await findExecutable(first, lookup);
}
