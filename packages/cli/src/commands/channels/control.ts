/**
 * `openclaw channels start|stop|logout`: accounts of a gateway.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { labelOf } from '../../channels/known.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { installCommand } from '../../compose/packages.ts';
import { withOperator } from '../operator-session.ts';
import { meantChannel } from './which.ts';

/** The account a command is for. */
export function wantedOf(invocation: Invocation): { channel: string; accountId?: string } {
  const accountId = invocation.input.text('account');
  const channel = meantChannel(invocation);
  return { channel, ...(accountId !== undefined && { accountId }) };
}

/** `openclaw channels start`. */
export const startChannel: CommandHandler = (invocation) =>
  withOperator(
    invocation,
    async ({ ask }) => {
      const { out, json } = invocation;
      const done = await ask('channels.start', wantedOf(invocation));
      if (json) out.json({ ok: done.started, ...done });
      else if (done.started)
        out.line(`${done.channel} (${done.accountId}) is ${done.healthState}.`);
      else
        out.warn(
          done.lastError ?? 'The account did not start. "openclaw channels logs" says more.',
        );
      return done.started ? 0 : 1;
    },
    { live: true },
  );

/** `openclaw channels stop`. */
export const stopChannel: CommandHandler = (invocation) =>
  withOperator(
    invocation,
    async ({ ask }) => {
      const { out, json } = invocation;
      const { stopped, channel, accountId } = await ask('channels.stop', wantedOf(invocation));
      if (json) out.json({ ok: stopped, channel, accountId, stopped });
      else if (stopped) {
        out.line(
          `${channel} (${accountId}) is stopped, until "openclaw channels start ${channel}" or the next start of the gateway.`,
        );
        out.note(`To keep it off: openclaw channels disable ${channel}`);
      } else out.warn(`${channel} (${accountId}) is still stopping.`);
      return stopped ? 0 : 1;
    },
    { live: true },
  );

/** The error for a network whose package is not there; its hint is the command that installs it. */
export function notInstalled({ context }: Invocation, id: string): PortcullisError {
  return new PortcullisError(
    'channel.not_installed',
    `The package for ${labelOf(id)} is not installed.`,
    { hint: `Install it with: ${installCommand(id, context.paths)}` },
  );
}

async function agree({ input, doors }: Invocation, channel: string): Promise<void> {
  if (input.flag('yes')) return;
  if (await doors.confirm(`Stop ${labelOf(channel)} and forget its login?`)) return;
  throw new PortcullisError('usage.declined', 'Nothing was changed.', { hint: 'Nothing to do.' });
}

/** `openclaw channels logout`. */
export const logOut: CommandHandler = (invocation) =>
  withOperator(
    invocation,
    async ({ ask }) => {
      const { out, json } = invocation;
      const wanted = wantedOf(invocation);
      await agree(invocation, wanted.channel);
      const done = await ask('channels.logout', wanted);
      if (json) {
        out.json({ ok: true, ...done });
        return;
      }
      const { channel, accountId, cleared, loggedOut, network } = done;
      const kept = cleared ? 'Its login is forgotten.' : 'It kept no login of its own.';
      out.line(`${channel} (${accountId}) is stopped. ${kept}`);
      if (network === 'not_reached') {
        out.warn(
          `${labelOf(channel)} could not be told, so the login may still count there: end it in the app, too (Settings, Linked devices).`,
        );
      }
      if (loggedOut) return;
      out.warn(
        `Its token still stands in the config: the next start of the gateway uses it. Forget it too: openclaw channels remove ${channel} --delete`,
      );
    },
    { packages: true },
  );
