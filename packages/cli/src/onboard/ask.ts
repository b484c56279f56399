/**
 * Puts questions to a person at a terminal.
 *
 * @module
 */
import { inVariable, secretProblem } from '../secrets/given-secret.ts';
import type { Choice, Prompter } from '../terminal/prompter.ts';
import type { GivenAnswers } from './plan.ts';
import type {
  Prompt,
  Question,
  SecretAnswer,
  Section,
  SectionText,
  Situation,
} from './question.ts';

/** What is asked, and of what situation. */
export interface Interview {
  readonly questions: readonly Question[];
  readonly situation: Situation;
  readonly sections: Readonly<Record<Section, SectionText>>;
}

/** Asks what has no answer yet, and notes the answers. */
export async function askAll(
  { questions, situation, sections }: Interview,
  answers: GivenAnswers,
  prompter: Prompter,
): Promise<void> {
  const begun = new Set<Section>();
  for (const question of questions) {
    if (answers.has(question.id) || question.applies?.(situation, answers) === false) continue;
    const { id, section } = question;
    if (!begun.has(section))
      prompter.note(sections[section].title, sections[section].says(situation));
    begun.add(section);
    const prompt = question.prompt(situation, answers);
    const check = (word: string): string | undefined =>
      question.problem?.(word, situation, answers);
    const answer = await put(prompt, prompter, check);
    if (answer !== undefined) answers.set(id, answer, prompt.kind === 'secret' ? 'secret' : 'word');
  }
}

async function put(
  prompt: Prompt,
  prompter: Prompter,
  check: (word: string) => string | undefined,
): Promise<string | SecretAnswer | undefined> {
  switch (prompt.kind) {
    case 'choice':
      return await prompter.choose(prompt.message, prompt.choices, prompt.initial);
    case 'several': {
      const { message, choices, initial } = prompt;
      return (await prompter.chooseSeveral(message, choices, initial)).join(',');
    }
    case 'text':
      return await prompter.text(prompt.message, prompt.initial, (word) =>
        word === '' && prompt.optional !== true ? 'Write something.' : check(word),
      );
    case 'secret':
      return await putSecret(prompt, prompter);
  }
}

/** A question for a secret. */
export type SecretPrompt = Extract<Prompt, { kind: 'secret' }>;

/** The ways there are to answer; typing is always one. */
function waysOf({ kept, fresh, variable, optional }: SecretPrompt): readonly Choice[] {
  return [
    ...(kept ? [{ value: 'keep', label: 'Keep the one that is there' }] : []),
    ...(fresh === true ? [{ value: 'fresh', label: 'Make a new one' }] : []),
    ...(variable === undefined
      ? []
      : [
          {
            value: 'variable',
            label: `Leave it in ${variable}`,
            hint: 'the gateway needs that variable whenever it starts',
          },
        ]),
    { value: 'type', label: 'Type it', hint: 'it is shown as dots' },
    ...(optional === true ? [{ value: 'none', label: 'None' }] : []),
  ];
}

/** What is wrong with a secret, as a sentence that does not quote it. */
export function formProblem({ form }: SecretPrompt, text: string): string | undefined {
  const problem = secretProblem(text);
  if (problem !== undefined || form === undefined) return problem;
  return form.test(text.trim()) ? undefined : 'That does not look like one.';
}

async function putSecret(
  prompt: SecretPrompt,
  prompter: Prompter,
): Promise<SecretAnswer | undefined> {
  const ways = waysOf(prompt);
  const [first] = ways;
  const way =
    ways.length === 1 || first === undefined
      ? 'type'
      : await prompter.choose(`${prompt.message}:`, ways, first.value);
  if (way === 'keep' || way === 'fresh') return way;
  if (way === 'none') return undefined;
  if (way === 'variable') return inVariable(prompt.variable ?? '');
  return { text: await prompter.secret(prompt.message, (text) => formProblem(prompt, text)) };
}
