/**
 * The gateway on the tailnet, or on the internet, through `tailscale serve` and `tailscale funnel`.
 *
 * Promises: nothing is changed that this gateway did not set; what it sets is written down before,
 * so that a process that was killed is cleared up after by the next one; what is published is looked
 * at again after it was asked for, and is what was meant or is taken back.
 *
 * @module
 */
import { rmSync } from 'node:fs';

import { type Logger, PortcullisError } from '@portcullis/core';

import { replaceFile } from '../../config/atomic-file.ts';
import { readTextFile } from '../../config/text-file.ts';
import type { TailscaleProgram } from './program.ts';
import { type Published, parseReport, readPublished } from './reports.ts';

/** How the gateway is published. */
export type PublishMode = 'serve' | 'funnel';

/** The port others reach it on. */
const PORT = 443;

const ASK_MS = 5000;
const CHANGE_MS = 20_000;

interface Note {
  readonly mode: PublishMode;
  readonly name: string;
  readonly target: string;
}

/** What publishing needs. */
export interface PublicationOptions {
  readonly program: TailscaleProgram;
  /** Where what was set is written down. */
  readonly file: string;
  readonly log: Logger;
}

/** Publishes one gateway. */
export class Publication {
  readonly #options: PublicationOptions;

  constructor(options: PublicationOptions) {
    this.#options = options;
  }

  /** Whether an earlier process has left something published. */
  static isLeft(file: string): boolean {
    return readNote(file) !== undefined;
  }

  /**
   * Publishes a port of this machine under its name in the tailnet.
   *
   * Rejects with `gateway.tailscale.taken` when that place is used for something else, and with
   * `gateway.tailscale.failed` when Tailscale refuses.
   */
  async publish(mode: PublishMode, name: string, port: number): Promise<void> {
    const target = `http://127.0.0.1:${String(port)}`;
    const before = await this.#look(name);
    if (before.taken) throw taken(`https://${name}/ leads somewhere else already.`);
    if (mode === 'serve' && before.funnel) {
      throw taken(`Port ${String(PORT)} of this machine is open to the internet (funnel).`);
    }
    const note: Note = { mode, name, target };
    replaceFile(this.#options.file, `${JSON.stringify(note)}\n`);
    const ran = await this.#options.program.run(
      [mode, '--bg', `--https=${String(PORT)}`, target],
      CHANGE_MS,
    );
    const after = ran.ok ? await this.#look(name) : undefined;
    if (after?.target === target && after.funnel === (mode === 'funnel')) return;
    await this.withdraw();
    throw new PortcullisError(
      'gateway.tailscale.failed',
      `tailscale ${mode} did not publish the gateway${ran.words === '' ? '.' : `: ${ran.words}`}`,
      { hint: 'Do what it says, or set gateway.tailscale.mode to "off".' },
    );
  }

  /** Takes back what this gateway, or an earlier process of it, has published. Never rejects. */
  async withdraw(): Promise<void> {
    const { program, file, log } = this.#options;
    const note = readNote(file);
    if (note === undefined) return;
    try {
      const { target } = await this.#look(note.name);
      if (target === note.target) {
        const ran = await program.run([note.mode, `--https=${String(PORT)}`, 'off'], CHANGE_MS);
        const left = await this.#look(note.name);
        if (!ran.ok || left.target === note.target) throw failed(ran.words);
      }
      rmSync(file, { force: true });
    } catch (error) {
      log.error(
        { error },
        'tailscale could not be told to stop publishing; the next start tries again',
      );
    }
  }

  async #look(name: string): Promise<Published> {
    const ran = await this.#options.program.run(['serve', 'status', '--json'], ASK_MS);
    const report = ran.ok ? parseReport(ran.stdout) : undefined;
    if (typeof report !== 'object' || report === null) throw failed(ran.words);
    return readPublished(report, name, PORT);
  }
}

function readNote(file: string): Note | undefined {
  const found = readTextFile(file);
  const value = found.kind === 'text' ? parseReport(found.text) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('mode' in value) || !('name' in value) || !('target' in value)) return undefined;
  const { mode, name, target } = value;
  if (mode !== 'serve' && mode !== 'funnel') return undefined;
  return typeof name === 'string' && typeof target === 'string'
    ? { mode, name, target }
    : undefined;
}

function taken(message: string): PortcullisError {
  return new PortcullisError('gateway.tailscale.taken', message, {
    hint: 'tailscale serve status shows what stands there. Nothing was changed.',
  });
}

function failed(words: string): PortcullisError {
  return new PortcullisError(
    'gateway.tailscale.failed',
    `tailscale serve did not answer${words === '' ? '.' : `: ${words}`}`,
    { hint: 'Look at: tailscale serve status' },
  );
}
