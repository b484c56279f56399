/**
 * What the agent can reach on this machine: the baseline, its workspace, its tools and the sandbox.
 *
 * @module
 */
import { type ConfigEdit, getPath } from '@portcullis/gateway/config';

import { NO_PATCH, type Question, type Situation } from '../question.ts';

const baseline: Question = {
  id: 'baseline',
  section: 'security',
  depth: 'quick',
  applies: ({ wider }) => wider.edits.length > 0,
  prompt: () => ({
    kind: 'choice',
    message: 'This config is wider than the hardened baseline. Close that?',
    choices: [
      { value: 'keep', label: 'Keep it as it is' },
      { value: 'apply', label: 'Close what is listed above' },
    ],
    initial: 'keep',
  }),
  patch: ({ wider }, answers) =>
    answers.word('baseline') === 'apply' ? { edits: wider.edits } : NO_PATCH,
};

const WORKSPACE = 'agents.defaults.workspace';

const workspace: Question = {
  id: 'workspace',
  section: 'workspace',
  depth: 'section',
  prompt: ({ config }) => ({
    kind: 'text',
    message: 'The folder of the agent (empty: the one in the state directory)',
    initial: String(getPath(config, WORKSPACE) ?? ''),
    optional: true,
  }),
  problem: (word) =>
    word === '' || word.startsWith('/') || word.startsWith('~/')
      ? undefined
      : 'Write a whole path, such as ~/agent.',
  patch: ({ config }, answers) => {
    const word = answers.word('workspace');
    if (word === undefined || (word === '' && getPath(config, WORKSPACE) === undefined))
      return NO_PATCH;
    return { edits: [word === '' ? { path: WORKSPACE } : { path: WORKSPACE, value: word }] };
  },
};

const SANDBOX = 'agents.defaults.sandbox.mode';

function probeHint({ available, why }: Situation['sandbox']): string {
  return available
    ? 'it works on this machine; tools that read the web are not in it unless tools.sandbox.tools says so'
    : `it does not work here: ${why ?? 'it cannot be started'}; commands would be refused`;
}

const sandbox: Question = {
  id: 'sandbox',
  section: 'sandbox',
  depth: 'full',
  prompt: ({ config, sandbox: probe }) => ({
    kind: 'choice',
    message: 'Does the agent work in the sandbox?',
    choices: [
      {
        value: 'off',
        label: 'No',
        hint: 'the baseline: commands are denied, so that there is nothing to put into it',
      },
      { value: 'non-main', label: 'For everybody but you', hint: probeHint(probe) },
      { value: 'all', label: 'Always', hint: probeHint(probe) },
    ],
    initial: String(getPath(config, SANDBOX) ?? 'off'),
  }),
  patch: ({ config }, answers) => {
    const value = answers.word('sandbox');
    const isUnset = value === 'off' && getPath(config, SANDBOX) === undefined;
    return value === undefined || isUnset ? NO_PATCH : { edits: [{ path: SANDBOX, value }] };
  },
};

const ALWAYS_DENIED = ['sessions_spawn', 'sessions_send'];

/** What each answer means for the config. */
const TOOLS: Readonly<Record<string, (situation: Situation) => readonly ConfigEdit[]>> = {
  keep: () => [],
  talk: () => [
    { path: 'tools.profile', value: 'messaging' },
    {
      path: 'tools.deny',
      value: ['group:automation', 'group:runtime', 'group:fs', ...ALWAYS_DENIED],
    },
    ...commandEdits('deny'),
  ],
  files: () => [
    { path: 'tools.profile', value: 'coding' },
    { path: 'tools.deny', value: ['group:automation', 'group:runtime', ...ALWAYS_DENIED] },
    ...commandEdits('deny'),
  ],
  // Commands come with the sandbox where there is one and nobody decided otherwise.
  commands: ({ config, sandbox: { available } }) => [
    ...(available && getPath(config, SANDBOX) === undefined
      ? [{ path: SANDBOX, value: 'all' }]
      : []),
    { path: 'tools.profile', value: 'coding' },
    { path: 'tools.deny', value: ['group:automation', ...ALWAYS_DENIED] },
    ...commandEdits('allowlist'),
  ],
};

function commandEdits(security: 'deny' | 'allowlist'): readonly ConfigEdit[] {
  return [
    { path: 'tools.fs.workspaceOnly', value: true },
    { path: 'tools.exec.security', value: security },
    { path: 'tools.exec.ask', value: 'always' },
    { path: 'tools.elevated.enabled', value: false },
  ];
}

const tools: Question = {
  id: 'tools',
  section: 'tools',
  depth: 'section',
  prompt: () => ({
    kind: 'choice',
    message: 'What may the agent do?',
    choices: [
      { value: 'keep', label: 'What the config says now' },
      { value: 'talk', label: 'Talk, and read the web', hint: 'the hardened baseline' },
      { value: 'files', label: 'Also work on files', hint: 'in its workspace only' },
      { value: 'commands', label: 'Also run commands', hint: 'each one is asked about first' },
    ],
    initial: 'keep',
  }),
  patch: (situation, answers) => ({
    edits: TOOLS[answers.word('tools') ?? 'keep']?.(situation) ?? [],
  }),
};

/** The questions of these sections. */
export const baselineQuestions: readonly Question[] = [baseline, workspace];
export const reachQuestions: readonly Question[] = [tools, sandbox];
