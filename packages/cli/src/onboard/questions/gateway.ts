/**
 * Who can connect to the gateway, and with what.
 *
 * @module
 */
import { type ConfigEdit, type ConfigObject, getPath } from '@portcullis/gateway/config';

import { type Answers, NO_PATCH, type Question, type Situation } from '../question.ts';

const TOKEN = 'gateway.auth.token';
const PASSWORD = 'gateway.auth.password';

function textAt(config: ConfigObject, path: string): string | undefined {
  const value = getPath(config, path);
  return typeof value === 'string' ? value : undefined;
}

const port: Question = {
  id: 'gateway-port',
  section: 'gateway',
  depth: 'section',
  prompt: ({ config }) => ({
    kind: 'text',
    message: 'Its port',
    initial: String(getPath(config, 'gateway.port') ?? 18_789),
  }),
  problem: (word) => {
    const number = /^\d{1,5}$/u.test(word) ? Number(word) : 0;
    return number >= 1 && number <= 65_535 ? undefined : 'Write a whole number from 1 to 65535.';
  },
  patch: ({ config }, answers) => {
    const word = answers.word('gateway-port');
    const isDefault = word === '18789' && getPath(config, 'gateway.port') === undefined;
    return word === undefined || isDefault
      ? NO_PATCH
      : { edits: [{ path: 'gateway.port', value: Number(word) }] };
  },
};

const BINDS: readonly (readonly [string, string, string])[] = [
  [
    'loopback',
    'Programs on this machine',
    'nobody else; reach it from elsewhere through SSH or Tailscale',
  ],
  ['tailnet', 'Machines of your tailnet', 'its own address there; without one, this machine only'],
  ['lan', 'Every machine of the network', 'over every interface; put a firewall before it'],
  ['custom', 'Machines that reach one address', 'an address of this machine that you name'],
  ['auto', 'Whoever reaches the container', 'outside of a container, this machine only'],
];

/** What policy says about a gateway that listens there, once its other needs are met. */
function bindHint(situation: Situation, value: string, hint: string): string {
  const refusal =
    value === 'custom' ? undefined : situation.refusal([{ path: 'gateway.bind', value }]);
  return refusal === undefined ? hint : `${hint}. As things are: ${refusal}`;
}

function bindOf({ config }: Situation, answers: Answers): string {
  return answers.word('gateway-bind') ?? textAt(config, 'gateway.bind') ?? 'loopback';
}

const bind: Question = {
  id: 'gateway-bind',
  section: 'gateway',
  depth: 'full',
  prompt: (situation) => ({
    kind: 'choice',
    message: 'Who can connect to the gateway?',
    choices: BINDS.map(([value, label, hint]) => ({
      value,
      label,
      hint: bindHint(situation, value, hint),
    })),
    initial: bindOf(situation, { word: () => undefined, secret: () => undefined }),
  }),
  problem: (word) =>
    BINDS.some(([value]) => value === word)
      ? undefined
      : `Write one of: ${BINDS.map(([value]) => value).join(', ')}.`,
  patch: ({ config }, answers) => {
    const value = answers.word('gateway-bind');
    const isDefault = value === 'loopback' && getPath(config, 'gateway.bind') === undefined;
    return value === undefined || isDefault
      ? NO_PATCH
      : { edits: [{ path: 'gateway.bind', value }] };
  },
};

const customHost: Question = {
  id: 'gateway-custom-host',
  section: 'gateway',
  depth: 'full',
  applies: (situation, answers) => bindOf(situation, answers) === 'custom',
  prompt: ({ config }) => ({
    kind: 'text',
    message: 'The address of this machine',
    initial: textAt(config, 'gateway.customBindHost') ?? '',
  }),
  problem: (word) =>
    /^\d{1,3}(?:\.\d{1,3}){3}$/u.test(word)
      ? undefined
      : 'Write an IPv4 address, such as 192.168.1.20.',
  patch: (_situation, answers) => {
    const value = answers.word('gateway-custom-host');
    return value === undefined ? NO_PATCH : { edits: [{ path: 'gateway.customBindHost', value }] };
  },
};

function isPageServed(config: ConfigObject): boolean {
  return getPath(config, 'gateway.controlUi.enabled') !== false;
}

const ORIGINS = 'gateway.controlUi.allowedOrigins';

const origins: Question = {
  id: 'allowed-origins',
  section: 'gateway',
  depth: 'full',
  applies: (situation, answers) =>
    ['lan', 'tailnet', 'custom', 'auto'].includes(bindOf(situation, answers)) &&
    isPageServed(situation.config),
  prompt: ({ config }) => {
    const written = getPath(config, ORIGINS);
    return {
      kind: 'text',
      message: 'Under which addresses is its page opened? (empty: no page)',
      initial: Array.isArray(written) ? written.join(',') : '',
      optional: true,
    };
  },
  problem: (word) => {
    const wrong = listOf(word).find((each) => URL.parse(each)?.origin !== each);
    return wrong === undefined
      ? undefined
      : 'Write addresses such as https://gateway.example, with commas between them.';
  },
  patch: (_situation, answers) => {
    const word = answers.word('allowed-origins');
    if (word === undefined) return NO_PATCH;
    const list = listOf(word);
    return {
      edits: [
        list.length === 0
          ? { path: 'gateway.controlUi.enabled', value: false }
          : { path: ORIGINS, value: list },
      ],
    };
  },
};

function listOf(word: string): string[] {
  return word.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
}

const TAILSCALE = 'gateway.tailscale.mode';

const tailscale: Question = {
  id: 'tailscale',
  section: 'gateway',
  depth: 'section',
  prompt: ({ config }) => ({
    kind: 'choice',
    message: 'Does Tailscale publish it?',
    choices: [
      { value: 'off', label: 'No' },
      {
        value: 'serve',
        label: 'To your tailnet',
        hint: 'the gateway itself stays on this machine',
      },
      { value: 'funnel', label: 'To the whole internet', hint: 'needs a password' },
    ],
    initial: textAt(config, TAILSCALE) ?? 'off',
  }),
  patch: ({ config }, answers) => {
    const value = answers.word('tailscale');
    const isDefault = value === 'off' && getPath(config, TAILSCALE) === undefined;
    return value === undefined || isDefault ? NO_PATCH : { edits: [{ path: TAILSCALE, value }] };
  },
};

function authOf({ config }: Situation, answers: Answers): string {
  return answers.word('gateway-auth') ?? textAt(config, 'gateway.auth.mode') ?? 'token';
}

const auth: Question = {
  id: 'gateway-auth',
  section: 'gateway',
  depth: 'section',
  prompt: (situation) => ({
    kind: 'choice',
    message: 'What proves that somebody may connect?',
    choices: [
      { value: 'token', label: 'A token', hint: '256 random bits; commands find it by themselves' },
      { value: 'password', label: 'A password', hint: 'one you choose' },
    ],
    initial: authOf(situation, { word: () => undefined, secret: () => undefined }),
  }),
  patch: ({ config }, answers) => {
    const value = answers.word('gateway-auth');
    const isSame = value === undefined || value === textAt(config, 'gateway.auth.mode');
    return isSame ? NO_PATCH : { edits: [{ path: 'gateway.auth.mode', value }] };
  },
};

const token: Question = {
  id: 'gateway-token',
  section: 'gateway',
  depth: 'section',
  applies: (situation, answers) => authOf(situation, answers) === 'token',
  prompt: ({ exists, config, variables }) => ({
    kind: 'secret',
    message: 'The token',
    kept: exists && (getPath(config, TOKEN) ?? '') !== '',
    fresh: true,
    ...(variables.has('OPENCLAW_GATEWAY_TOKEN') && { variable: 'OPENCLAW_GATEWAY_TOKEN' }),
  }),
  preset: () => 'fresh',
  patch: (_situation, answers) => secretPatch(TOKEN, answers, 'gateway-token'),
};

const password: Question = {
  id: 'gateway-password',
  section: 'gateway',
  depth: 'section',
  applies: (situation, answers) => authOf(situation, answers) === 'password',
  prompt: ({ config, variables }) => ({
    kind: 'secret',
    message: 'The password',
    kept: (getPath(config, PASSWORD) ?? '') !== '',
    ...(variables.has('OPENCLAW_GATEWAY_PASSWORD') && { variable: 'OPENCLAW_GATEWAY_PASSWORD' }),
  }),
  // A first config is made with a token, which says nothing any more.
  patch: ({ exists }, answers) => {
    const patch = secretPatch(PASSWORD, answers, 'gateway-password');
    const gone: readonly ConfigEdit[] = exists ? [] : [{ path: TOKEN }];
    return { ...patch, edits: gone };
  },
};

function secretPatch(path: string, answers: Answers, id: string): ReturnType<Question['patch']> {
  const secret = answers.secret(id);
  return secret === undefined || secret === 'keep' ? NO_PATCH : { secrets: [{ path, secret }] };
}

/** The questions of the section. */
export const gatewayQuestions: readonly Question[] = [
  port,
  bind,
  customHost,
  origins,
  tailscale,
  auth,
  token,
  password,
];
