/** Commands asked about by tests: two usual configs, the programs there are, and the question. */
import { decideExec, type ExecInput } from '../../src/exec/index.ts';

/** A config that runs what is listed, and asks nobody. */
export const LISTED = { tools: { exec: { security: 'allowlist', ask: 'off' } } } as const;
/** A config that runs everything, and asks nobody. */
export const FULL = { tools: { exec: { security: 'full', ask: 'off' } } } as const;

/** The programs of the machine, by name. */
export const which: Readonly<Record<string, { readonly path: string }>> = Object.fromEntries(
  ['rg', 'cut', 'head', 'tr', 'wc', 'mytool', 'python3', 'cat'].map((name) => [
    name,
    { path: `/usr/bin/${name}` },
  ]),
);

/** The code of what is decided for a command in `/ws`, with an allow list of the agent. */
export function ask(
  config: unknown,
  command: string,
  changes: Partial<ExecInput> = {},
  allowlist: readonly unknown[] = [],
): string {
  return decideExec(config, {
    command,
    cwd: '/ws',
    home: '/home/u',
    which,
    hostApprovals: { agents: { main: { allowlist } } },
    ...changes,
  }).code;
}
