/**
 * What a refused connection means, and what the person in front of the page can do about it.
 *
 * @module
 */
import type { ConnectErrorCode, ErrorShape } from '@portcullis/protocol';

import { isFields, textAt } from './frames.ts';

/** A refusal in words. */
export interface Refusal {
  /** The gateway's own code, for a support question: `AUTH_TOKEN_MISMATCH`. */
  readonly code: string;
  readonly title: string;
  /** What to do next, one or two sentences. */
  readonly advice: string;
  /** Commands to run on the gateway's machine, one a line. */
  readonly commands: readonly string[];
  /** True when another token may help. */
  readonly asksForToken: boolean;
  /** True when the page keeps trying by itself. */
  readonly retries: boolean;
}

interface Meaning {
  readonly title: string;
  readonly advice: string;
  readonly commands?: readonly string[];
  readonly asksForToken?: boolean;
}

const NEW_TOKEN = 'Have it shown on the machine of the gateway, then sign in again.';
const SHOW_TOKEN: readonly string[] = ['openclaw dashboard --token'];
const CLOCK = 'Set the clock of this device, then try again.';
const RELOAD = 'Reload the page. If that does not help, clear the site data of this page.';

/** Codes after which trying again cannot help. One that is not here is tried again. */
const MEANINGS: Readonly<Partial<Record<ConnectErrorCode, Meaning>>> = {
  AUTH_TOKEN_MISSING: {
    title: 'A token is needed',
    advice: NEW_TOKEN,
    commands: SHOW_TOKEN,
    asksForToken: true,
  },
  AUTH_TOKEN_MISMATCH: {
    title: 'The token is wrong',
    advice: NEW_TOKEN,
    commands: SHOW_TOKEN,
    asksForToken: true,
  },
  AUTH_PASSWORD_MISSING: {
    title: 'A password is needed',
    advice: NEW_TOKEN,
    commands: SHOW_TOKEN,
    asksForToken: true,
  },
  AUTH_PASSWORD_MISMATCH: {
    title: 'The password is wrong',
    advice: NEW_TOKEN,
    commands: SHOW_TOKEN,
    asksForToken: true,
  },
  AUTH_BOOTSTRAP_TOKEN_INVALID: {
    title: 'This address is used up',
    advice: 'It signs one browser in, once, within two minutes. Have another one made.',
    commands: ['openclaw dashboard'],
    asksForToken: true,
  },
  AUTH_DEVICE_TOKEN_MISMATCH: {
    title: 'This browser was signed out',
    advice: 'Its right to connect was taken back or exchanged. Sign in again.',
    commands: ['openclaw dashboard'],
    asksForToken: true,
  },
  AUTH_UNAUTHORIZED: {
    title: 'The gateway refused',
    advice: NEW_TOKEN,
    commands: SHOW_TOKEN,
    asksForToken: true,
  },
  AUTH_TOKEN_NOT_CONFIGURED: {
    title: 'The gateway has no token',
    advice: 'Set gateway.auth.token in its configuration and restart it.',
  },
  AUTH_PASSWORD_NOT_CONFIGURED: {
    title: 'The gateway has no password',
    advice: 'Set gateway.auth.password in its configuration and restart it.',
  },
  AUTH_SCOPE_MISMATCH: {
    title: 'This browser asks for more than it may',
    advice: 'Approve it again on the machine of the gateway.',
    commands: ['openclaw devices list', 'openclaw devices approve'],
  },
  AUTH_RATE_LIMITED: {
    title: 'Too many failed attempts',
    advice: 'Wait a few minutes, then sign in again.',
    asksForToken: true,
  },
  CONTROL_UI_ORIGIN_NOT_ALLOWED: {
    title: 'This address is not allowed',
    advice:
      'Open the page at the address the gateway prints, or list this one in gateway.controlUi.allowedOrigins.',
    commands: ['openclaw dashboard'],
  },
  CONTROL_UI_DEVICE_IDENTITY_REQUIRED: {
    title: 'This browser cannot prove who it is',
    advice: 'Open the page over https or on the gateway’s own machine (localhost).',
  },
  DEVICE_IDENTITY_REQUIRED: {
    title: 'This browser cannot prove who it is',
    advice: 'Open the page over https or on the gateway’s own machine (localhost).',
  },
  DEVICE_AUTH_SIGNATURE_EXPIRED: { title: 'The clocks differ too much', advice: CLOCK },
  DEVICE_AUTH_DEVICE_ID_MISMATCH: { title: 'The device key is damaged', advice: RELOAD },
  DEVICE_AUTH_PUBLIC_KEY_INVALID: { title: 'The device key is damaged', advice: RELOAD },
  DEVICE_AUTH_SIGNATURE_INVALID: { title: 'The device key was not accepted', advice: RELOAD },
  PROTOCOL_MISMATCH: {
    title: 'Page and gateway speak different versions',
    advice: 'Reload the page; if that does not help, update the gateway.',
  },
};

/** Explains why a connect was refused; undefined when the page should simply try again. */
export function explainRefusal(error: ErrorShape): Refusal | undefined {
  const code = textAt(error.details, 'code');
  if (code === 'PAIRING_REQUIRED') return explainPairing(error);
  const meaning =
    code !== undefined && Object.hasOwn(MEANINGS, code)
      ? MEANINGS[code as keyof typeof MEANINGS]
      : undefined;
  if (code === undefined || meaning === undefined) return undefined;
  return { commands: [], asksForToken: false, ...meaning, code, retries: false };
}

function explainPairing({ details }: ErrorShape): Refusal {
  const requestId = textAt(details, 'requestId');
  // The id is shown inside a command somebody will paste, so anything unusual is left out.
  const safe = requestId !== undefined && /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/.test(requestId);
  const wider = textAt(details, 'reason') === 'scope-upgrade';
  const waits =
    isFields(details) &&
    (details['pauseReconnect'] === false || details['recommendedNextStep'] === 'wait_then_retry');
  return {
    code: 'PAIRING_REQUIRED',
    title: wider ? 'This browser asks for more rights' : 'This browser is not paired yet',
    advice: waits
      ? 'Approve it on the machine of the gateway. The page goes on by itself.'
      : 'Approve it on the machine of the gateway, then try again.',
    commands: ['openclaw devices list', `openclaw devices approve${safe ? ` ${requestId}` : ''}`],
    asksForToken: false,
    retries: waits,
  };
}
