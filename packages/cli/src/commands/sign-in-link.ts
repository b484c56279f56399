/**
 * The address that signs the owner's browser in: good once, for two minutes, and never in the
 * arguments of a process, in a log or in what a server is sent.
 *
 * @module
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';

import type { Invocation } from '../command.ts';
import { type OperatorSession, withOperator } from './operator-session.ts';

/** How long a command waits for the browser. */
const PATIENCE_MS = 60_000;

/** A page that goes on to the address and leaves no way back to itself. */
function pageTo(link: string): string {
  // Inside a script only < could end it, and a JSON text of a URL needs none.
  const target = JSON.stringify(link).replaceAll('<', '\\u003c');
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Portcullis</title><script>location.replace(${target})</script>\n`;
}

/** Writes the page where only this user can read it. */
function writePage({ context }: Invocation, link: string): string {
  const path = join(context.paths.stateDbDir, `sign-in-${randomBytes(8).toString('hex')}.html`);
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, pageTo(link));
  } finally {
    closeSync(file);
  }
  return path;
}

/** Resolves with the device that used the code, or undefined when nobody did in time. */
async function whoSignedIn(
  { context }: Invocation,
  { tidy, onEvent }: OperatorSession,
  setupId: string,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = onEvent((event, payload) => {
    const isOurs = JSON.stringify(payload).includes(setupId);
    if (event === 'device.pair.resolved' && isOurs) resolve();
  });
  const timer = setTimeout(resolve, PATIENCE_MS);
  context.signal.addEventListener('abort', () => resolve(), { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
  const { completion } = await tidy('device.pair.setupStatus', { setupId });
  return completion === undefined ? undefined : (completion.deviceName ?? completion.deviceId);
}

/** Makes an address that signs one browser in at `page`, and hands it over. */
export async function signIn(
  invocation: Invocation,
  page: string,
  hand: 'print' | 'open',
): Promise<void> {
  await withOperator(
    invocation,
    async (session) => {
      const made = await session.ask('device.pair.setupCode', { publicUrl: page, joinUrl: true });
      const { joinUrl: link = page, setupId } = made;
      if (hand === 'print') print(invocation, link);
      else await open(invocation, session, { link, setupId });
    },
    { live: true },
  );
}

function print({ out, json }: Invocation, link: string): void {
  if (json) {
    out.json({ ok: true, link });
    return;
  }
  out.line(link);
  out.note('It signs one browser in, within two minutes. Hand it to nobody else.');
}

async function open(
  invocation: Invocation,
  session: OperatorSession,
  { link, setupId }: { readonly link: string; readonly setupId: string },
): Promise<void> {
  const { out, doors } = invocation;
  const path = writePage(invocation, link);
  try {
    if (!(await doors.openFile(path))) {
      print(invocation, link);
      return;
    }
    out.note('Opening the page in the browser…');
    const device = await whoSignedIn(invocation, session, setupId);
    if (device !== undefined) {
      out.line(`Signed in: ${device}`);
      return;
    }
    await session.tidy('device.pair.reject', { requestId: setupId });
    throw new PortcullisError(
      'dashboard.not_opened',
      'No browser signed in, so the link is void.',
      {
        hint: 'openclaw dashboard --no-open prints a link to open by hand.',
      },
    );
  } finally {
    rmSync(path, { force: true });
  }
}
