/**
 * The launchd of a user, through `launchctl`.
 *
 * @module
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { Definition } from './definition.ts';
import { PLIST_MARK, launchdPlist } from './launchd-plist.ts';
import type { ManagerSearch, ServiceManager, ServiceState } from './supervisor.ts';
import { type Program, must } from './program.ts';
import { serviceSuffix } from './suffix.ts';

/** See {@link ServiceManager}. */
export class Launchd implements ServiceManager {
  readonly kind = 'launchd';
  readonly mark: string = PLIST_MARK;
  readonly label: string;
  readonly path: string;
  readonly #program: Program;
  readonly #domain: string;

  constructor(program: Program, { env, paths }: ManagerSearch) {
    this.#program = program;
    this.#domain = `gui/${String(process.getuid?.() ?? 0)}`;
    this.label = `ai.openclaw.gateway${serviceSuffix(paths).replace('-', '.')}`;
    const home = env['HOME'] ?? homedir();
    this.path = join(home, 'Library', 'LaunchAgents', `${this.label}.plist`);
  }

  write(definition: Definition): string {
    return launchdPlist(this.label, definition);
  }

  async enable(): Promise<void> {
    // What was loaded before is the old definition.
    await this.#unload();
    await this.#call('enable', this.#target);
  }

  async disable(): Promise<void> {
    await this.#unload();
    await this.#call('disable', this.#target);
  }

  async forget(): Promise<void> {
    // Nothing is remembered of an agent that is not loaded.
  }

  async start(): Promise<void> {
    if ((await this.state()).loaded) await this.#call('kickstart', this.#target);
    else await this.#load();
  }

  async stop(): Promise<void> {
    // Only what is not loaded stays stopped; it is loaded again with the next login.
    await this.#unload();
  }

  async restart(): Promise<void> {
    if ((await this.state()).loaded) await this.#call('kickstart', '-k', this.#target);
    else await this.#load();
  }

  async state(): Promise<ServiceState> {
    const { code, stdout } = await this.#program(['print', this.#target]);
    if (code !== 0) {
      return { loaded: false, enabled: false, status: 'stopped', detail: 'not loaded' };
    }
    const pid = Number(/^\s*pid = (\d+)$/mu.exec(stdout)?.[1]);
    const state = /^\s*state = (.+)$/mu.exec(stdout)?.[1] ?? 'unknown';
    const last = /^\s*last exit code = (\d+)/mu.exec(stdout)?.[1];
    const why = last === undefined || last === '0' ? '' : ` (last exit code ${last})`;
    return {
      loaded: true,
      enabled: true,
      status: state === 'running' ? 'running' : 'stopped',
      ...(Number.isSafeInteger(pid) && pid > 0 ? { pid } : {}),
      detail: `${state}${why}`,
    };
  }

  lasting(): undefined {
    return undefined;
  }

  get #target(): string {
    return `${this.#domain}/${this.label}`;
  }

  /** What is loaded starts by itself: its definition says so. */
  async #load(): Promise<void> {
    await this.#call('bootstrap', this.#domain, this.path);
  }

  async #unload(): Promise<void> {
    if ((await this.state()).loaded) await this.#call('bootout', this.#target);
  }

  async #call(...args: readonly string[]): Promise<void> {
    await must(this.#program, args);
  }
}
