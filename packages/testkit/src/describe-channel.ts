/**
 * The contract every channel keeps, as a test suite. Ours run it, third parties run the same.
 *
 * @module
 */
import { describe, test } from 'vitest';
import type { OpenChannelBench } from './channel/bench.ts';
import type { ContractCase } from './channel/contract-case.ts';
import { EXTRAS } from './channel/extras.ts';
import { KINDS } from './channel/kinds.ts';
import { LIFETIME } from './channel/lifetime.ts';
import { PEOPLE } from './channel/people.ts';
import { RECEIVING } from './channel/receiving.ts';
import { ROOMS } from './channel/rooms.ts';
import { SENDING } from './channel/sending.ts';
import { createStage } from './channel/stage.ts';

const WAY_OUT = 'the way out';

const GROUPS: Readonly<Record<string, readonly ContractCase[]>> = {
  'the way in': RECEIVING,
  people: PEOPLE,
  rooms: ROOMS,
  'what is no message': KINDS,
  [WAY_OUT]: [...SENDING, ...EXTRAS],
  running: LIFETIME,
};

/**
 * Describes a channel: about fifty tests, each on a fresh bench.
 *
 * A test whose subject the network lacks (no echoes, no files), or which needs a member the bench does
 * not have, is reported as skipped, with the reason.
 *
 * @example
 * ```ts
 * describeChannel('telegram', async ({ log }) => {
 *   const telegram = await fakeTelegram();
 *   const channel = await createTelegramChannel(accountOf(telegram, log));
 *   return { channel, secrets: [telegram.token], ... };
 * });
 * ```
 */
export function describeChannel(name: string, open: OpenChannelBench): void {
  describe(`${name}: the channel contract`, () => {
    for (const [group, cases] of Object.entries(GROUPS)) {
      describe(group, () => {
        test.for(cases)('$name', async ({ run }, { skip }) => {
          const stage = await createStage(open);
          try {
            if (group === WAY_OUT && stage.bench.sendsWhileRunning === true) stage.start();
            const skipped = await run(stage);
            if (skipped !== undefined) skip(skipped.reason);
          } finally {
            await stage.close();
          }
        });
      });
    }
  });
}
