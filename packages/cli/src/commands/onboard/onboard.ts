/**
 * `openclaw onboard`, `openclaw setup` and `openclaw configure`.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { nearest } from '@portcullis/gateway/config';

import type { CommandHandler, Invocation } from '../../command.ts';
import { SECTIONS, type Section } from '../../onboard/question.ts';
import { SECTION_TEXTS } from '../../onboard/questions/index.ts';
import { quote } from '../../parse/fault.ts';
import { guide } from './guide.ts';

/** `openclaw onboard`. */
export const onboard: CommandHandler = async (invocation) => {
  const isQuick = invocation.input.text('flow') === 'quickstart';
  await guide(invocation, {
    title: 'Portcullis: closed first, then opened one step at a time',
    asks: ({ depth }) => depth === 'quick' || (depth === 'full' && !isQuick),
  });
};

/** `openclaw setup`. */
export const setUp: CommandHandler = async (invocation) => {
  const { input } = invocation;
  const alone = {
    ...input,
    flag: (name: string) => name === 'non-interactive' || input.flag(name),
  };
  await guide({ ...invocation, input: alone }, { title: '', asks: () => false });
};

/** `openclaw configure [section...]`. */
export const configure: CommandHandler = async (invocation) => {
  const isAlone = invocation.input.flag('non-interactive');
  const sections = isAlone ? [] : await wantedSections(invocation);
  await guide(invocation, {
    title: `Configure ${sections.join(', ')}`,
    asks: ({ section }) => sections.includes(section),
  });
};

/** The sections of the call; where it names none, the person is asked. */
async function wantedSections({ input, doors }: Invocation): Promise<readonly Section[]> {
  const named = [...input.all('section'), ...(input.text('section')?.split(',') ?? [])];
  if (named.length > 0) return named.map((each) => sectionOf(each.trim()));
  const prompter = await doors.openPrompter();
  const choices = SECTIONS.filter((each) => each !== 'security').map((value) => ({
    value,
    label: SECTION_TEXTS[value].title,
  }));
  const chosen = await prompter.chooseSeveral('What do you want to change?', choices, []);
  return SECTIONS.filter((each) => chosen.includes(each));
}

function sectionOf(word: string): Section {
  const found = SECTIONS.find((each) => each === word);
  if (found !== undefined) return found;
  const meant = nearest(word, SECTIONS);
  throw new PortcullisError('usage.invalid_value', `There is no section ${quote(word)}.`, {
    hint: `${meant === undefined ? '' : `Did you mean "${meant}"? `}Sections: ${SECTIONS.join(', ')}.`,
  });
}
