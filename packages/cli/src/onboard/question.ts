/**
 * What setting up asks, as data: a question knows how it is put to a person, which options of the
 * command line answer it, and what an answer changes in the config. Whoever asks, the same answers
 * give the same config.
 *
 * @module
 */
import type { ConfigEdit, ConfigObject } from '@portcullis/gateway/config';
import type { LocalServer } from '@portcullis/models';

import type { GivenSecret } from '../secrets/given-secret.ts';
import type { Choice } from '../terminal/prompter.ts';

/** Parts of a setup, in the order in which they are asked. */
export const SECTIONS = [
  'security',
  'workspace',
  'model',
  'channels',
  'owner',
  'tools',
  'sandbox',
  'gateway',
] as const;
export type Section = (typeof SECTIONS)[number];

/** What is known before anything is asked. */
export interface Situation {
  /** False where the config is that of a first start, and not written yet. */
  readonly exists: boolean;
  /** As written: without what variables and references stand for. */
  readonly config: ConfigObject;
  /** Model servers that answer on this machine. */
  readonly servers: readonly LocalServer[];
  readonly sandbox: { readonly available: boolean; readonly why?: string };
  /** Names of the variables that are set. */
  readonly variables: ReadonlySet<string>;
  /** Where the config is wider than the hardened baseline. */
  readonly wider: Wider;
  /** Why no gateway would start after these edits, as a sentence; undefined where one would. */
  readonly refusal: (edits: readonly ConfigEdit[]) => string | undefined;
}

/** What the hardened baseline would close. */
export interface Wider {
  readonly edits: readonly ConfigEdit[];
  readonly closes: readonly { readonly key: string; readonly what: string }[];
}

/** A secret as an answer. `fresh`: made by us. `keep`: the one that is there. */
export type SecretAnswer = GivenSecret | 'fresh' | 'keep';

/** How a question is put. */
export type Prompt =
  | {
      readonly kind: 'choice';
      readonly message: string;
      readonly choices: readonly Choice[];
      readonly initial: string;
    }
  | {
      readonly kind: 'several';
      readonly message: string;
      readonly choices: readonly Choice[];
      readonly initial: readonly string[];
    }
  | {
      readonly kind: 'text';
      readonly message: string;
      readonly initial: string;
      /** True where nothing is an answer, too. */
      readonly optional?: boolean;
    }
  | {
      readonly kind: 'secret';
      readonly message: string;
      /** True where there is one that can stay. */
      readonly kept: boolean;
      /** A variable that is set and holds one. */
      readonly variable?: string;
      /** What it looks like. Default: like any secret. */
      readonly form?: RegExp;
      /** True where it can be made here. */
      readonly fresh?: boolean;
      /** True where none is needed. */
      readonly optional?: boolean;
    };

/** The answers so far. */
export interface Answers {
  /** A choice, a text, or several choices with commas between them. */
  word(id: string): string | undefined;
  secret(id: string): SecretAnswer | undefined;
}

/** A secret that a config is to name. */
export interface PlannedSecret {
  readonly path: string;
  readonly secret: GivenSecret | 'fresh';
}

/** What answers change. */
export interface Patch {
  readonly edits?: readonly ConfigEdit[];
  readonly secrets?: readonly PlannedSecret[];
}

/** One question. */
export interface Question {
  /** Also the name of the option that answers it, or the beginning of those that hand over a secret. */
  readonly id: string;
  readonly section: Section;
  /** `quick`: asked by every guided run. `full`: not by a quick one. `section`: by name only. */
  readonly depth: 'quick' | 'full' | 'section';
  /** Whether it makes sense after the answers before it. Default: it does. */
  readonly applies?: (situation: Situation, answers: Answers) => boolean;
  readonly prompt: (situation: Situation, answers: Answers) => Prompt;
  /** The answer of a first setup that nobody gave. Default: none. */
  readonly preset?: (situation: Situation, answers: Answers) => string | 'fresh' | undefined;
  /** True where an answer must be given once the question applies, unless there is one already. */
  readonly needed?: boolean;
  /** What is wrong with a text, as a sentence. */
  readonly problem?: (word: string, situation: Situation, answers: Answers) => string | undefined;
  /** What the answers up to this one change. */
  readonly patch: (situation: Situation, answers: Answers) => Patch;
}

/** What a guided run says before the questions of a section. */
export interface SectionText {
  readonly title: string;
  readonly says: (situation: Situation) => string;
}

/** Nothing to change. */
export const NO_PATCH: Patch = {};
