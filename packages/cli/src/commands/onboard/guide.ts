/**
 * The way every setup goes: look, take the answers that are given, ask for the others, show what they
 * mean, and write once the person said yes.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { Invocation } from '../../command.ts';
import type { ModelTrial } from '../../compose/try-model.ts';
import { type Interview, askAll } from '../../onboard/ask.ts';
import { type GivenAnswers, type Plan, planOf } from '../../onboard/plan.ts';
import type { Question, Situation } from '../../onboard/question.ts';
import { OFFLINE } from '../../onboard/questions/model.ts';
import { QUESTIONS, SECTION_TEXTS } from '../../onboard/questions/index.ts';
import type { Prompter } from '../../terminal/prompter.ts';
import { closingOf, printClosing } from './closing.ts';
import { givenAnswers } from './given.ts';
import { settle } from './settle.ts';
import { type Found, look } from './situation.ts';
import { type Prepared, prepare } from './write.ts';

const MODEL_KEYS = /^(?:agents\.defaults\.model|models\.)/u;

/** One kind of setup. */
export interface Setup {
  readonly title: string;
  /** What is asked of a person, out of all questions. */
  readonly asks: (question: Question) => boolean;
}

/**
 * Sets up, with a person or without one.
 *
 * @throws PortcullisError `usage.no_terminal`, `usage.cancelled`, `usage.missing`,
 * `usage.invalid_value`, `usage.confirmation`, and what a change of the config throws.
 */
export async function guide(invocation: Invocation, setup: Setup): Promise<void> {
  const { doors, input, out, json } = invocation;
  const prompter = input.flag('non-interactive') ? undefined : await doors.openPrompter();
  const found = await look(invocation);
  const answers = await givenAnswers(invocation, QUESTIONS, found.situation);
  prompter?.title(setup.title);
  if (prompter !== undefined) await interview(setup, found.situation, answers, prompter);
  complete(found.situation, answers, prompter === undefined);
  const plan = planOf(QUESTIONS, found.situation, answers);
  const prepared = await prepare(invocation, found, plan);
  const lines = planLines(found, plan, prepared);
  if (prompter !== undefined) prompter.note('What this means', lines.join('\n'));
  else if (!json) for (const line of lines) out.line(line);
  if (input.flag('dry-run')) {
    if (json) out.json({ ok: true, ...inJson(found, plan, prepared), changed: false });
    return;
  }
  const isWanted = await wantsTrial(invocation, plan, prompter);
  await agree(invocation, prepared, prompter);
  const written = await prepared.write();
  const isLive = await settle(invocation, written);
  const trial = isWanted
    ? await out.during('Asking the model', doors.tryModel(invocation.context))
    : undefined;
  prompter?.end('Done.');
  const closing = closingOf(invocation, isLive);
  if (json) {
    const { places, closed } = written;
    const changed = prepared.changes;
    const { next, ...result } = closing;
    const steps = next.map(([command, does]) => ({ command, does }));
    const tried = trial === undefined ? {} : { trial };
    const done = { ...inJson(found, plan, prepared), changed, secrets: places, closed, ...tried };
    out.json({
      ok: true,
      path: invocation.context.paths.configPath,
      ...done,
      ...result,
      next: steps,
    });
  } else {
    if (trial !== undefined) printTrial(invocation, trial);
    printClosing(invocation, written, closing);
  }
}

/** A model is asked only where somebody wants it: the question costs, and tells that we are there. */
async function wantsTrial(
  { input }: Invocation,
  { edits, secrets }: Plan,
  prompter: Prompter | undefined,
): Promise<boolean> {
  if (input.flag('test-model')) return true;
  const isNew = [...edits, ...secrets].some(({ path }) => MODEL_KEYS.test(path));
  const isOffline = edits.some(({ value }) => value === OFFLINE);
  if (prompter === undefined || !isNew || isOffline) return false;
  return await prompter.confirm('Once it is written, ask the model one fixed sentence?', false);
}

function printTrial({ out }: Invocation, trial: ModelTrial): void {
  if (trial.ok) out.line(`${trial.model} answers, in ${String(trial.ms)} ms.`);
  else out.warn(`${trial.model} does not answer: ${trial.message} ${trial.hint ?? ''}`.trim());
}

async function interview(
  { asks }: Setup,
  situation: Situation,
  answers: GivenAnswers,
  prompter: Prompter,
): Promise<void> {
  const questions = QUESTIONS.filter(asks);
  const asked: Interview = { questions, situation, sections: SECTION_TEXTS };
  await askAll(asked, answers, prompter);
}

/** Adds what a first setup begins with, and makes sure that nothing needed is missing. */
function complete(situation: Situation, answers: GivenAnswers, isAlone: boolean): void {
  for (const question of QUESTIONS) {
    const { id, applies, preset, needed } = question;
    if (answers.has(id) || applies?.(situation, answers) === false) continue;
    const begun = situation.exists ? undefined : preset?.(situation, answers);
    if (begun !== undefined) answers.set(id, begun, begun === 'fresh' ? 'secret' : 'word');
    else if (isAlone && needed === true) requireAnswer(question, situation, answers);
  }
}

function requireAnswer(question: Question, situation: Situation, answers: GivenAnswers): void {
  const { id } = question;
  const prompt = question.prompt(situation, answers);
  const isSecret = prompt.kind === 'secret';
  if (isSecret && (prompt.kept || prompt.optional === true || prompt.variable !== undefined))
    return;
  const ways = isSecret ? `--${id}-stdin, --${id}-file or --${id}-env` : `--${id}`;
  throw new PortcullisError('usage.missing', `${prompt.message} is missing.`, {
    hint: `Give it with ${ways}.`,
  });
}

/** The keys that change, without what they change to: some are secrets. */
function keysOf({ edits, secrets }: Plan): readonly string[] {
  return [...new Set([...edits, ...secrets].map(({ path }) => path))];
}

/** What a person should know before saying yes. */
function planLines(
  { situation }: Found,
  plan: Plan,
  { effect, changes }: Prepared,
): readonly string[] {
  const keys = keysOf(plan);
  const left = situation.wider.closes.filter(({ key }) => !keys.includes(key));
  return [
    ...(changes ? changeLines(situation, keys) : ['Everything is as answered already.']),
    ...effect.opens.map(({ key, what }) => `opens   ${key}  ${what}`),
    ...effect.closes.map(({ key, what }) => `closes  ${key}  ${what}`),
    ...(left.length === 0
      ? []
      : [
          `Wider than the baseline, and kept: ${left.map(({ key }) => key).join(', ')}`,
          '  openclaw onboard --baseline apply closes it.',
        ]),
  ];
}

function changeLines({ exists }: Situation, keys: readonly string[]): readonly string[] {
  return exists
    ? [`Changes: ${keys.join(', ')}`]
    : ['A first config: loopback, a fresh token, talking only.', `With: ${keys.join(', ')}`];
}

function inJson({ situation }: Found, plan: Plan, { effect }: Prepared): object {
  return {
    created: !situation.exists,
    keys: keysOf(plan),
    opens: effect.opens,
    closes: effect.closes,
    wider: situation.wider.closes,
  };
}

/** Nothing is written that nobody said yes to. */
async function agree(
  { input }: Invocation,
  { effect, changes }: Prepared,
  prompter: Prompter | undefined,
): Promise<void> {
  const { opens, closes } = effect;
  const isYes = input.flag('yes') || input.flag('accept-risk');
  if (prompter !== undefined) {
    if (!changes || input.flag('yes')) return;
    if (await prompter.confirm('Write this?', opens.length === 0)) return;
    throw new PortcullisError('usage.declined', 'Nothing was changed.', {
      hint: 'Run the command again; it asks everything anew.',
    });
  }
  if (opens.length === 0 || isYes) return;
  const keys = [...new Set(opens.map(({ key }) => key))];
  throw new PortcullisError('usage.confirmation', `This opens ${keys.join(', ')}.`, {
    hint: 'Look at what it opens with --dry-run, then add --accept-risk.',
    details: { opens, closes },
  });
}
