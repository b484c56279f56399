/**
 * `openclaw completion`: the script that lets a shell complete calls.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { replaceFile } from '@portcullis/gateway/config';

import type { CommandHandler, CommandSpec, Invocation } from '../../command.ts';
import { SHELLS, type Shell, firstLine } from '../../completion/script.ts';

/** `openclaw completion`. */
export const writeCompletion: CommandHandler = async (invocation) => {
  const { input, out, json, commands } = invocation;
  const shell = shellOf(invocation);
  const script = await scriptOf(shell, commands);
  if (input.flag('install')) {
    install(invocation, shell, script);
    return;
  }
  if (json) out.json({ ok: true, shell, script });
  else out.prose(script);
};

/** The shell that was named, else the one the user has. */
function shellOf({ input, context }: Invocation): Shell {
  const named = input.text('shell') ?? input.given('shell') ?? basename(context.env['SHELL'] ?? '');
  const shell = SHELLS.find((each) => each === named);
  if (shell !== undefined) return shell;
  throw new PortcullisError('usage.missing', 'It is not clear for which shell.', {
    hint: `Name it: openclaw completion ${SHELLS.join('|')}`,
  });
}

async function scriptOf(shell: Shell, commands: readonly CommandSpec[]): Promise<string> {
  if (shell === 'bash') return (await import('../../completion/bash.ts')).bashScript(commands);
  if (shell === 'zsh') return (await import('../../completion/zsh.ts')).zshScript(commands);
  return (await import('../../completion/fish.ts')).fishScript(commands);
}

/** Where the shell looks for completions of this user, and what else it needs to find them there. */
function placeFor(shell: Shell, env: Invocation['context']['env']): readonly [string, string] {
  const home = env['HOME'] ?? homedir();
  const data = env['XDG_DATA_HOME'] ?? join(home, '.local/share');
  if (shell === 'fish') {
    const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
    return [join(config, 'fish/completions/openclaw.fish'), 'Fish finds it by itself.'];
  }
  if (shell === 'zsh') {
    const folder = join(data, 'zsh/site-functions');
    const line = `fpath=(${folder} $fpath)`;
    return [join(folder, '_openclaw'), `~/.zshrc needs this line before compinit: ${line}`];
  }
  const folder = env['BASH_COMPLETION_USER_DIR'] ?? join(data, 'bash-completion');
  const path = join(folder, 'completions/openclaw');
  const other = `Without the package bash-completion, ~/.bashrc needs: source ${path}`;
  return [path, `Bash finds it by itself. ${other}`];
}

function install({ context, out, json }: Invocation, shell: Shell, script: string): void {
  const [path, next] = placeFor(shell, context.env);
  requireOurs(path, shell);
  replaceFile(path, script);
  if (json) {
    out.json({ ok: true, shell, path, next });
    return;
  }
  out.line(`Written: ${path}`);
  out.line(next);
  out.line('It counts from the next shell on.');
}

/** A completion that somebody else made is not replaced. */
function requireOurs(path: string, shell: Shell): void {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return;
  }
  if (text.includes(firstLine(shell))) return;
  throw new PortcullisError('completion.taken', `${path} was made by somebody else.`, {
    hint: 'Move it away, or print the script and put it where you want it.',
  });
}
