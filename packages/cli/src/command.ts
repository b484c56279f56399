/**
 * What a command is: a row of data, and a function that is loaded when it is called.
 *
 * @module
 */
import type { SandboxProbe } from '@portcullis/gateway/sandbox';
import type { LocalServer } from '@portcullis/models';

import type { OperatorOptions } from './compose/open-operator.ts';
import type { Operator } from './compose/operator.ts';
import type { ModelTrial } from './compose/try-model.ts';
import type { RunOptions, StartedGateway } from './compose/run-gateway.ts';
import type { CommandContext } from './context.ts';
import type { ServiceManager } from './service/supervisor.ts';
import type { Keychain } from './secrets/keychain.ts';
import type { Output } from './terminal/output.ts';
import type { Prompter } from './terminal/prompter.ts';

/** A word a command takes by its place. */
export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly optional?: boolean;
  /** True for the last word where any number of them may follow. */
  readonly repeated?: boolean;
  /** The only words it takes. */
  readonly choices?: readonly string[];
  /** True for the path of a file on this machine. */
  readonly file?: boolean;
}

/** A word a command takes by its name. */
export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** `flag` takes no value, `count` a whole number. */
  readonly type: 'flag' | 'text' | 'count';
  /** What the value is called in help: `KEY`. Not for flags. */
  readonly value?: string;
  readonly summary: string;
  readonly required?: boolean;
  /** The only words it takes. */
  readonly choices?: readonly string[];
  /** Bounds of a count, both included. Default 1 and none. */
  readonly min?: number;
  readonly max?: number;
}

/** Something to copy. */
export interface Example {
  /** Starts with `openclaw`; has no quotes inside quotes. */
  readonly command: string;
  readonly does: string;
}

/** Headings of the list of commands, in order. */
export const SECTIONS = [
  'Run',
  'Set up',
  'Channels',
  'Agents',
  'Models',
  'People',
  'Policy',
  'Conversations',
  'Watch',
] as const;

/** One command. */
export interface CommandSpec {
  /** The words that call it: `pairing approve`. */
  readonly name: string;
  /** Other words for the same. */
  readonly aliases?: readonly string[];
  readonly section: (typeof SECTIONS)[number];
  /** One sentence. */
  readonly summary: string;
  /** What else a user should know, a paragraph each. */
  readonly details?: readonly string[];
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Options that others have and this command does not take: the name, and a sentence that says why. */
  readonly refuses?: Readonly<Record<string, string>>;
  readonly examples: readonly Example[];
  /** True when it is about this machine alone, and never asks a gateway of another one. */
  readonly local?: boolean;
  /** True when it is a talk with a person at a terminal, and refuses everything else. */
  readonly interactive?: boolean;
  /** True when the command goes on although nobody reads its output any more. */
  readonly outlivesOutput?: boolean;
  /** Loads what the command needs and nothing else. */
  readonly load: () => Promise<CommandHandler>;
}

/** The words of a call, checked against its {@link CommandSpec}. */
export interface Input {
  /** A required argument. */
  argument(name: string): string;
  /** An optional argument. */
  given(name: string): string | undefined;
  /** Every word of an argument that may be repeated. */
  all(name: string): readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  count(name: string): number | undefined;
}

/** What lies outside the command line; tests put something else in its place. */
export interface Doors {
  openOperator(context: CommandContext, options?: OperatorOptions): Promise<Operator>;
  runGateway(context: CommandContext, options?: RunOptions): Promise<StartedGateway>;
  discoverLocalServers(): Promise<readonly LocalServer[]>;
  /** Asks a yes-or-no question. Throws `usage.confirmation` where nobody can answer. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a text that is not shown. Throws `usage.confirmation` where nobody can answer. */
  readSecret(question: string): Promise<string>;
  /** Everything on standard input. */
  readInput(): Promise<string>;
  /** Opens a file of this machine in the browser; false where there is none. */
  openFile(path: string): Promise<boolean>;
  /** Who looks after services of this user. Throws `service.unavailable` where nobody does. */
  findManager(context: CommandContext): Promise<ServiceManager>;
  /** The keychain of this machine; undefined where there is none. */
  findKeychain(): Promise<Keychain | undefined>;
  /** Whether commands can run in a sandbox on this machine. */
  probeSandbox(): Promise<SandboxProbe>;
  /** Asks the model of the config one small question. */
  tryModel(context: CommandContext): Promise<ModelTrial>;
  /** Asks a person one question after another. Throws `usage.no_terminal` where nobody can answer. */
  openPrompter(): Promise<Prompter>;
}

/** One call of a command. */
export interface Invocation {
  readonly context: CommandContext;
  readonly input: Input;
  readonly out: Output;
  /** True when the answer goes to a program: one JSON document. */
  readonly json: boolean;
  readonly doors: Doors;
  readonly commands: readonly CommandSpec[];
}

/** 0: done. 1: not done, or the answer is no. 2: `policy diff` found that something opens. */
export type ExitCode = 0 | 1 | 2;

/** Does what a command says. Resolving with nothing means 0. */
export type CommandHandler = (invocation: Invocation) => Promise<ExitCode | void>;
