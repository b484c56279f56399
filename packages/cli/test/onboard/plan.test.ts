import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  type ConfigObject,
  editConfig,
  parseConfig,
  parseConfigValue,
  resolvePaths,
} from '@portcullis/gateway/config';
import { exposureDiff } from '@portcullis/policy/explain';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import type { Invocation } from '../../src/command.ts';
import { COMMANDS } from '../../src/commands.ts';
import { givenAnswers } from '../../src/commands/onboard/given.ts';
import { askAll } from '../../src/onboard/ask.ts';
import { widerThanBaseline } from '../../src/onboard/baseline.ts';
import { GivenAnswers, planOf } from '../../src/onboard/plan.ts';
import type { Situation } from '../../src/onboard/question.ts';
import { QUESTIONS, SECTION_TEXTS } from '../../src/onboard/questions/index.ts';
import { inputOf, parseCall } from '../../src/parse/parse-argv.ts';
import { FIRST, prompterOf, situationOf } from './person.ts';

const CONFIGS: readonly ConfigObject[] = [
  FIRST,
  {},
  {
    agents: { defaults: { model: { primary: 'openai/gpt-5', fallbacks: ['ollama/x'] } } },
    channels: {
      telegram: { botToken: 'x', enabled: false, dmPolicy: 'allowlist', allowFrom: [7] },
    },
    commands: { ownerAllowFrom: ['telegram:7'] },
  },
  {
    models: { providers: { custom: { baseUrl: 'http://127.0.0.1:1/v1', models: [{ id: 'a' }] } } },
    gateway: { bind: 'lan', port: 19_000, auth: { mode: 'password', password: 'p' } },
    channels: { telegram: { botToken: 'x', dmPolicy: 'open', allowFrom: ['*'] } },
  },
];

const situations: fc.Arbitrary<Situation> = fc
  .record({
    config: fc.constantFrom(...CONFIGS),
    exists: fc.boolean(),
    isServed: fc.boolean(),
    available: fc.boolean(),
    isSet: fc.boolean(),
    isWide: fc.boolean(),
  })
  .map(({ config, exists, isServed, available, isSet, isWide }) =>
    situationOf({
      config,
      exists,
      servers: isServed
        ? [{ kind: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1', models: ['a:1b', 'b'] }]
        : [],
      sandbox: available ? { available } : { available, why: 'it is not there' },
      variables: new Set(isSet ? ['ANTHROPIC_API_KEY', 'TELEGRAM_BOT_TOKEN'] : []),
      wider: isWide
        ? {
            edits: [{ path: 'tools.elevated.enabled', value: false }],
            closes: [{ key: 'tools.elevated.enabled', what: 'on -> off' }],
          }
        : { edits: [], closes: [] },
    }),
  );

/** Texts for every question that takes one, and some that none takes. */
const TEXTS = [
  '',
  '18790',
  '70000',
  '~/agent',
  'relative',
  'http://127.0.0.1:9000/v1',
  'https://models.example/v1',
  'custom',
  'den',
  'ollama',
  'llama3.2:3b',
  'two words',
  'telegram:123456789',
  'carrier:1',
  '192.168.1.20',
  'https://gateway.example',
  'https://a.example,https://b.example',
  '123456:AAbbCCddEEffGGhhIIjjKKllMMnnOO',
  'whatsapp:+15551234567',
  'slack:U012AB3CD',
  'discord:175928847299117063',
  'xoxb-1-2-abc',
  'xapp-1-abc',
  'MTc1OTI4.Gabcde.abc-def_ghi',
];

/** Answers of a person who picks by these numbers. */
async function interviewed(situation: Situation, picks: readonly number[]): Promise<GivenAnswers> {
  const answers = new GivenAnswers();
  let turn = 0;
  const pick = <T>(from: readonly T[]): T => {
    const index = (picks[turn % picks.length] ?? 0) % from.length;
    turn += 1;
    const found = from[index];
    if (found === undefined) throw new Error('there is nothing to pick from');
    return found;
  };
  const prompter = prompterOf(({ message, choices, check }) => {
    if (message.startsWith('Which chat networks')) {
      return pick([[], ['telegram'], ['slack', 'discord'], ['whatsapp', 'telegram']]);
    }
    if (choices.length > 0) return pick(choices);
    return pick(TEXTS.filter((text) => check(text) === undefined));
  });
  await askAll({ questions: QUESTIONS, situation, sections: SECTION_TEXTS }, answers, prompter);
  return answers;
}

/** The call that gives the same answers. */
function argvOf(answers: GivenAnswers, folder: string): readonly string[] {
  const argv: string[] = [];
  const provider = answers.word('provider');
  const choice: Readonly<Record<string, string>> = { custom: 'custom-api-key', keep: 'skip' };
  if (provider === 'offline') argv.push('--model', 'offline/demo');
  else if (provider !== undefined) {
    const hosted = ['anthropic', 'openai', 'openrouter'].includes(provider);
    argv.push('--auth-choice', hosted ? `${provider}-api-key` : (choice[provider] ?? provider));
  }
  for (const { id } of QUESTIONS) {
    const [word, secret] = [answers.word(id), answers.secret(id)];
    if (id === 'model' && word !== undefined) {
      argv.push(
        ...(provider === 'custom'
          ? ['--custom-model-id', word]
          : ['--model', `${provider}/${word}`]),
      );
    } else if (id === 'channels' && word !== undefined) {
      argv.push('--channel', word);
    } else if (id !== 'provider' && word !== undefined) {
      argv.push(`--${id}`, word);
    }
    if (secret === 'fresh') argv.push(`--new-${id}`);
    if (typeof secret !== 'object') continue;
    if (secret.text === undefined) {
      argv.push(`--${id}-env`, secret.variable);
    } else {
      const file = join(folder, id);
      writeFileSync(file, secret.text);
      argv.push(`--${id}-file`, file);
    }
  }
  return argv;
}

async function fromCall(argv: readonly string[], situation: Situation): Promise<GivenAnswers> {
  const spec = COMMANDS.find(({ name }) => name === 'onboard');
  if (spec === undefined) throw new Error('there is no onboard');
  const input = inputOf(parseCall(['onboard', ...argv], COMMANDS), spec);
  return await givenAnswers({ input, doors: {} } as Invocation, QUESTIONS, situation);
}

describe('the same answers', () => {
  test('change the config in the same way, whether a person gives them or a call', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-answers-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const picks = fc.array(fc.nat(40), { minLength: 8, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(situations, picks, async (situation, numbers) => {
        const asked = await interviewed(situation, numbers);
        const given = await fromCall(argvOf(asked, folder), situation);
        expect(planOf(QUESTIONS, situation, given)).toEqual(planOf(QUESTIONS, situation, asked));
      }),
      { numRuns: 300 },
    );
  });

  test('once they are in the config change nothing more', async () => {
    const picks = fc.array(fc.nat(40), { minLength: 8, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(situations, picks, async (situation, numbers) => {
        const answers = await interviewed({ ...situation, exists: true }, numbers);
        const { edits } = planOf(QUESTIONS, { ...situation, exists: true }, answers);
        const text = editConfig(JSON.stringify(situation.config), edits);
        const config = parseConfigValue(text, 'The config') as ConfigObject;
        const after = { ...situation, exists: true, config };
        expect(planOf(QUESTIONS, after, answers).edits).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the baseline', () => {
  const configs = fc.record(
    {
      gateway: fc.record(
        {
          bind: fc.constantFrom('loopback', 'lan', 'tailnet', 'auto'),
          tailscale: fc.record({ mode: fc.constantFrom('off', 'serve', 'funnel') }),
        },
        { requiredKeys: [] },
      ),
      session: fc.record({ dmScope: fc.constantFrom('main', 'per-peer', 'per-channel-peer') }),
      tools: fc.record(
        {
          profile: fc.constantFrom('minimal', 'messaging', 'coding', 'standard', 'full'),
          deny: fc.subarray(['group:fs', 'group:runtime', 'exec', 'browser', 'sessions_send']),
          exec: fc.record(
            {
              security: fc.constantFrom('deny', 'allowlist', 'full'),
              ask: fc.constantFrom('off', 'on-miss', 'always'),
            },
            { requiredKeys: [] },
          ),
          elevated: fc.record({ enabled: fc.boolean() }),
          fs: fc.record({ workspaceOnly: fc.boolean() }),
        },
        { requiredKeys: [] },
      ),
      channels: fc.record({
        telegram: fc.record(
          {
            dmPolicy: fc.constantFrom('pairing', 'allowlist', 'disabled', 'open'),
            allowFrom: fc.constantFrom(['*'], ['*', '7']),
            groups: fc.constantFrom({}, { '*': { requireMention: false } }),
          },
          { requiredKeys: ['allowFrom'] },
        ),
      }),
    },
    { requiredKeys: [] },
  );

  test('never opens anything where it closes, and is content with what it made', () => {
    const paths = resolvePaths({ HOME: '/nonexistent' });
    const load = (config: object | string) =>
      parseConfig(typeof config === 'string' ? config : JSON.stringify(config), { env: {}, paths });
    fc.assert(
      fc.property(configs, (config) => {
        const before = load(config);
        const { edits, closes } = widerThanBaseline(before, exposureDiff);
        expect(closes.map(({ key }) => key)).toEqual(edits.map(({ path }) => path));
        const after = load(editConfig(before.raw, edits));
        expect(exposureDiff(before.value, after.value).opens).toEqual([]);
        expect(widerThanBaseline(after, exposureDiff).edits).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('has nothing to say about the config of a first start', () => {
    const paths = resolvePaths({ HOME: '/nonexistent' });
    const before = parseConfig(JSON.stringify(FIRST), { env: {}, paths });
    expect(widerThanBaseline(before, exposureDiff)).toEqual({ edits: [], closes: [] });
  });
});
