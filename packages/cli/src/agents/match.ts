/**
 * What a binding matches, as it is written on the command line: `telegram`, `telegram:work`.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigObject, isConfigObject } from '@portcullis/gateway/config';

import { quote } from '../parse/fault.ts';

const FORM = /^([a-z][a-z0-9-]{0,31})(?::(\*|[A-Za-z0-9][\w-]{0,63}))?$/u;

/**
 * Reads `<channel>[:<account>]`, several with commas between them.
 *
 * @throws PortcullisError `usage.invalid_value`.
 */
export function readMatches(text: string): readonly ConfigObject[] {
  return text.split(',').map((word) => {
    const [, channel, accountId] = FORM.exec(word.trim()) ?? [];
    if (channel !== undefined) return { channel, ...(accountId !== undefined && { accountId }) };
    throw new PortcullisError('usage.invalid_value', `${quote(word)} is nothing to bind to.`, {
      hint: 'Write <channel> or <channel>:<account>, such as telegram:work; several with commas.',
    });
  });
}

/** Whether a binding matches exactly this, and nothing narrower. */
export function isMatch(match: ConfigObject, { channel, accountId }: ConfigObject): boolean {
  const { channel: ofChannel, accountId: ofAccount, ...more } = match;
  const isWhole = !Object.values(more).some((each) => each !== undefined && !isEmpty(each));
  return isWhole && ofChannel === channel && ofAccount === accountId;
}

function isEmpty(value: ConfigObject[string]): boolean {
  return isConfigObject(value) && Object.keys(value).length === 0;
}
