/**
 * Control commands: a closed table. They run at once, past the lanes, so that `/stop` stops a turn
 * that is being answered. Policy has decided before that the sender may give them.
 *
 * @module
 */
import type { Event } from '@portcullis/core';

import type { ExecCommands } from './exec-commands.ts';
import type { InboxRun } from './inbox.ts';
import type { CommandReport } from '../services.ts';
import type { Runs } from '../session/runs.ts';

/** What commands may do. */
export interface CommandRooms {
  readonly runs: Runs;
  /** Stops what other sessions do for this one. Resolves with whether there was anything. */
  readonly stopDelegated: (sessionKey: string) => Promise<boolean>;
  /** Starts the session of a run anew. */
  readonly resetSession: (run: InboxRun) => Promise<void>;
  /** Sets how the room wakes the agent. */
  readonly setActivation: (run: InboxRun, activation: 'always' | 'mention') => Promise<void>;
  /** Answers an approval, if the sender may. Resolves with what to say about it. */
  readonly approve: (event: Event, run: InboxRun, args: string) => Promise<string>;
  /** What the owner chooses for the commands of the session. */
  readonly execCommands: ExecCommands;
}

interface Command {
  readonly names: readonly string[];
  readonly summary: string;
  readonly ownerOnly?: true;
  /** Set where approvers are meant, owners or not; the command itself looks who they are. */
  readonly forApprovers?: true;
  readonly takesArguments?: true;
  /** Does it and returns the answer, free of anything about the host. */
  readonly run: (
    rooms: CommandRooms,
    run: InboxRun,
    args: string,
    event: Event,
  ) => Promise<string> | string;
}

const COMMANDS: readonly Command[] = [
  {
    names: ['help', 'start', 'commands'],
    summary: 'what you can do here',
    run: (_rooms, run) => helpText(run.isOwner),
  },
  {
    names: ['stop', 'abort'],
    summary: 'stop the answer in progress',
    run: async ({ runs, stopDelegated }, run) => {
      const stopped = runs.active(run.sessionKey).filter((id) => runs.abort(id, 'stop'));
      const delegated = await stopDelegated(run.sessionKey);
      return stopped.length === 0 && !delegated ? 'Nothing is being answered.' : 'Stopped.';
    },
  },
  {
    names: ['new', 'reset'],
    summary: 'forget this conversation and start anew',
    run: async ({ runs, resetSession }, run) => {
      await runs.abortAll(run.sessionKey, 'reset');
      await resetSession(run);
      return 'This conversation starts anew.';
    },
  },
  {
    names: ['status'],
    summary: 'whether I am here',
    run: ({ runs }, run) =>
      runs.active(run.sessionKey).length === 0
        ? 'I am here.'
        : 'I am here, and busy with an answer.',
  },
  {
    names: ['whoami'],
    summary: 'who you are to me',
    run: (_rooms, run) => `You are ${run.principal.id}${run.isOwner ? ', the owner' : ''}.`,
  },
  {
    names: ['approve'],
    takesArguments: true,
    summary: '`/approve <id> allow-once`, `allow-always` or `deny`: answer what I ask you',
    forApprovers: true,
    run: ({ approve }, run, args, event) => approve(event, run, args),
  },
  {
    names: ['exec'],
    takesArguments: true,
    summary: '`/exec host=… security=… ask=…` or `reset`: how I run commands for you here',
    ownerOnly: true,
    run: ({ execCommands }, run, args) => execCommands.exec(run, args),
  },
  {
    names: ['elevated', 'elev'],
    takesArguments: true,
    summary: '`/elevated on`, `ask`, `full` or `off`: whether commands leave the sandbox',
    ownerOnly: true,
    run: ({ execCommands }, run, args, event) => execCommands.elevated(run, event, args),
  },
  {
    names: ['activation'],
    takesArguments: true,
    summary: '`/activation always` or `mention`: when I answer in this room',
    ownerOnly: true,
    run: async ({ setActivation }, run, args) => {
      const mode = args.trim().toLowerCase();
      if (mode !== 'always' && mode !== 'mention')
        return 'Say `/activation always` or `/activation mention`.';
      await setActivation(run, mode);
      return mode === 'always'
        ? 'I answer everything here now.'
        : 'I answer here when I am mentioned.';
    },
  },
];

const BY_NAME: ReadonlyMap<string, Command> = new Map(
  COMMANDS.flatMap((command) => command.names.map((name) => [name, command] as const)),
);

function helpText(isOwner: boolean): string {
  const lines = COMMANDS.filter(
    ({ ownerOnly, forApprovers }) => isOwner || (ownerOnly ?? forApprovers) !== true,
  ).map(({ names, summary }) => `/${names[0] ?? ''}: ${summary}`);
  return ['Write to me as you would to a person. I also know:', '', ...lines].join('\n');
}

/** The table, for operators. */
export function describeCommands(): readonly CommandReport[] {
  return COMMANDS.map(({ names, summary, takesArguments = false }) => ({
    names,
    summary,
    takesArguments,
  }));
}

/** Whether a command is in the table; others go to the agent as text (owner only, by policy). */
export function isKnownCommand(event: Event): boolean {
  return event.command !== undefined && BY_NAME.has(event.command.name.toLowerCase());
}

/** Runs an admitted command. Returns the answer to give. */
export async function runCommand(
  rooms: CommandRooms,
  event: Event,
  run: InboxRun,
): Promise<string> {
  const command = BY_NAME.get(event.command?.name.toLowerCase() ?? '');
  if (command === undefined || (command.ownerOnly === true && !run.isOwner)) {
    return 'I do not know this command. /help lists those I know.';
  }
  return await command.run(rooms, run, event.command?.args ?? '', event);
}
