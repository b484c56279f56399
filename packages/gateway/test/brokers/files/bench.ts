/**
 * A real gateway whose one tool does what the test says with the brokers it is handed.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { type FilesBroker, PortcullisError, type Tool } from '@portcullis/core';

import { type Harness, direct, openHarness, until } from '../../pipeline/harness.ts';

/** What a test does with the files of one call. */
type Work<T> = (files: FilesBroker) => Promise<T>;

export interface FilesBench {
  readonly harness: Harness;
  /** The workspace as configured. */
  readonly workspace: string;
  /** A directory beside it, outside of it. */
  readonly outside: string;
  /** Starts a call of `sender` and resolves with what the work gave, or rejects with its error. */
  call<T>(work: Work<T>, sender?: string): Promise<T>;
  /** The code the work was refused with. */
  refusal(work: Work<unknown>): Promise<string>;
  /** Codes of the lines about effects, in order. */
  codes(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  commands: { ownerAllowFrom: ['telegram:42'] },
  tools: { profile: 'full' },
  // What a guest read would otherwise hold back the answer to him.
  flow: { audience: { workspace: ['telegram:43'] } },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42', '43'] } },
};

/** Opens a gateway for file tests. */
export async function openFilesBench(
  more: Readonly<Record<string, unknown>> = {},
): Promise<FilesBench> {
  const pending: ((files: FilesBroker) => Promise<void>)[] = [];
  const probe: Tool = {
    name: 'read',
    description: 'Does what the test says.',
    input: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    inputSchema: { type: 'object' },
    effects: ['files'],
    run: async (_input, { brokers }) => {
      if (brokers.files === undefined) throw new Error('no files');
      await pending.shift()?.(brokers.files);
      return { text: 'done' };
    },
  };
  const harness = await openHarness({ config: { ...CONFIG, ...more }, tools: [probe] });
  const workspace = join(harness.folder, 'workspace');
  const outside = join(harness.folder, '..', `${harness.folder.split('/').at(-1) ?? ''}-outside`);
  mkdirSync(outside, { recursive: true });
  let calls = 0;
  const call = async <T>(work: Work<T>, sender = '42'): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    pending.push(async (files) => {
      try {
        resolve(await work(files));
      } catch (error) {
        reject(error);
        throw error;
      }
    });
    calls += 1;
    const id = `call-${String(calls)}`;
    harness.model.script.push(async function* () {
      yield { type: 'tool-call', id, name: 'read', input: {} };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    const answered = harness.network.texts(sender).length;
    await harness.network.deliver(direct(sender, 'go'));
    try {
      return await promise;
    } finally {
      // The turn ends before another begins, so that the script stays in step.
      await until(() => harness.network.texts(sender).length > answered, 'an answer');
    }
  };
  return {
    harness,
    workspace,
    outside,
    call,
    refusal: async (work) => {
      try {
        await call(work);
      } catch (error) {
        if (PortcullisError.is(error)) return error.code;
        throw error;
      }
      return 'allowed';
    },
    codes: async () => {
      const lines = await harness.gateway.services.audit.log({ limit: 1000 });
      return lines
        .filter(({ entry }) => entry['kind'] === 'effect')
        .map(({ entry }) => String(entry['code']));
    },
    close: async () => {
      await harness.close();
      rmSync(outside, { recursive: true, force: true });
    },
  };
}

/** The text as bytes. */
export function utf8(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

/** The bytes as text. */
export function text({ bytes }: { readonly bytes: Uint8Array }): string {
  return new TextDecoder().decode(bytes);
}
