/**
 * Every question, in the order in which they are asked.
 *
 * @module
 */
import type { Question, Section, SectionText } from '../question.ts';
import { CHANNELS, channelQuestions } from './channels.ts';
import { gatewayQuestions } from './gateway.ts';
import { modelQuestions } from './model.ts';
import { baselineQuestions, reachQuestions } from './reach.ts';

/** All questions. */
export const QUESTIONS: readonly Question[] = [
  ...baselineQuestions,
  ...modelQuestions,
  ...channelQuestions,
  ...reachQuestions,
  ...gatewayQuestions,
];

const LINKED = 'linked with your phone afterwards, by openclaw channels login.';

/** What is said before the questions of a section. */
export const SECTION_TEXTS: Readonly<Record<Section, SectionText>> = {
  security: {
    title: 'Hardened baseline',
    says: ({ wider }) =>
      ['Your config opens more than the baseline does. Closing it would mean:']
        .concat(wider.closes.map(({ key, what }) => `  ${key}  ${what}`))
        .join('\n'),
  },
  workspace: {
    title: 'Workspace',
    says: () => 'The one folder in which the agent may read and write, where it may at all.',
  },
  model: {
    title: 'Model',
    says: ({ servers }) =>
      servers.length === 0
        ? 'What people write goes to the model you choose. No model server answers on this machine.'
        : 'What people write goes to the model you choose. Any program can listen on a port of this\nmachine: use a server here only where you know that it is yours.',
  },
  channels: {
    title: 'Chat networks',
    says: () =>
      CHANNELS.map(({ label, secrets }) =>
        [
          `${label}:`,
          ...secrets.map(({ from }) => from),
          ...(secrets.length === 0 ? [LINKED] : []),
        ].join(' '),
      )
        .concat('Strangers who write get a code and nothing else, until you approve it.')
        .join('\n'),
  },
  owner: {
    title: 'Owner',
    says: () =>
      'The owner may do everything that is allowed at all, and answers when the agent asks for leave.\nName your account now, or write to the agent first and approve its code as the owner:\n  openclaw pairing approve telegram <code> --owner',
  },
  tools: {
    title: 'Tools',
    says: () =>
      'What the agent can do beyond talking. Start with little; every step is shown first.',
  },
  sandbox: {
    title: 'Sandbox',
    says: ({ sandbox }) =>
      sandbox.available
        ? 'Commands are denied by the baseline. If you allow them one day, the sandbox keeps them from\nyour files and your network. It works on this machine.'
        : `Commands are denied by the baseline. There is no sandbox here: ${sandbox.why ?? 'it cannot be started'}.\nAn agent that is told to use one has its commands refused.`,
  },
  gateway: {
    title: 'Gateway',
    says: () =>
      'Whoever can connect and has its token controls the gateway. On this machine only is safest.',
  },
};
