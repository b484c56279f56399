/**
 * A setup code: where a gateway is, and a credential for the first time, in one text to copy. It
 * comes from the environment, never from the command line, which every user of a machine can read.
 *
 * @module
 */
import { PortcullisError, Secret } from '@portcullis/core';

/** What a setup code says. */
export interface SetupCode {
  readonly url: string;
  readonly bootstrapToken: Secret;
}

/**
 * Reads a setup code; undefined where there is none.
 *
 * @throws PortcullisError `usage.setup_code`.
 */
export function readSetupCode(text: string | undefined): SetupCode | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text.trim(), 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null && 'url' in value) {
      const token = 'bootstrapToken' in value ? value.bootstrapToken : undefined;
      if (typeof value.url === 'string' && typeof token === 'string' && token !== '') {
        return { url: value.url, bootstrapToken: new Secret(token, 'OPENCLAW_SETUP_CODE') };
      }
    }
  } catch {
    // Told below, without the text.
  }
  throw new PortcullisError('usage.setup_code', 'OPENCLAW_SETUP_CODE holds no setup code.', {
    hint: 'Copy it whole, without blanks.',
  });
}
