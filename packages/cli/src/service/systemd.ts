/**
 * The systemd of a user, through `systemctl --user`.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

import type { Definition } from './definition.ts';
import type { ManagerSearch, ServiceManager, ServiceState } from './supervisor.ts';
import { type Program, must } from './program.ts';
import { UNIT_MARK, systemdUnit } from './systemd-unit.ts';
import { serviceSuffix } from './suffix.ts';

const PROPERTIES = 'LoadState,UnitFileState,ActiveState,SubState,MainPID,Result,ExecMainStatus';

/** See {@link ServiceManager}. */
export class Systemd implements ServiceManager {
  readonly kind = 'systemd';
  readonly mark: string = UNIT_MARK;
  readonly label: string;
  readonly path: string;
  readonly #program: Program;
  readonly #namespaces: boolean;

  constructor(program: Program, { env, paths, namespaces }: ManagerSearch) {
    this.#program = program;
    this.#namespaces = namespaces ?? usersMakeNamespaces();
    this.label = `openclaw-gateway${serviceSuffix(paths)}.service`;
    const config = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config');
    this.path = join(config, 'systemd', 'user', this.label);
  }

  write(definition: Definition): string {
    return systemdUnit(definition, this.#namespaces);
  }

  async enable(): Promise<void> {
    await this.#call('daemon-reload');
    await this.#call('enable', this.label);
  }

  async disable(): Promise<void> {
    await this.#call('disable', '--now', this.label);
  }

  async forget(): Promise<void> {
    await this.#call('daemon-reload');
  }

  async start(): Promise<void> {
    // A service that failed too often is given another chance when somebody asks for it.
    await this.#program(['--user', 'reset-failed', this.label]);
    await this.#call('start', this.label);
  }

  async stop(): Promise<void> {
    await this.#call('stop', this.label);
  }

  async restart(): Promise<void> {
    await this.#program(['--user', 'reset-failed', this.label]);
    await this.#call('restart', this.label);
  }

  async state(): Promise<ServiceState> {
    const { stdout } = await this.#call('show', this.label, `--property=${PROPERTIES}`);
    const said = new Map(stdout.split('\n').map((line) => splitAt(line)));
    const active = said.get('ActiveState') ?? 'unknown';
    const pid = Number(said.get('MainPID'));
    const failed = said.get('ExecMainStatus') ?? '';
    const result = said.get('Result') ?? 'success';
    const why = result === 'success' ? '' : ` (${result}, code ${failed})`;
    return {
      loaded: said.get('LoadState') === 'loaded',
      enabled: said.get('UnitFileState') === 'enabled',
      status: statusOf(active),
      ...(Number.isSafeInteger(pid) && pid > 0 ? { pid } : {}),
      detail: `${active}/${said.get('SubState') ?? 'unknown'}${why}`,
    };
  }

  lasting(): string | undefined {
    const { username } = userInfo();
    if (existsSync(`/var/lib/systemd/linger/${username}`)) return undefined;
    return `It runs while you are logged in. To keep it running: loginctl enable-linger ${username}`;
  }

  #call(...args: readonly string[]) {
    return must(this.#program, ['--user', ...args]);
  }
}

function statusOf(active: string): ServiceState['status'] {
  if (['active', 'activating', 'reloading', 'deactivating'].includes(active)) return 'running';
  return ['inactive', 'failed'].includes(active) ? 'stopped' : 'unknown';
}

function splitAt(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

/** Whether nothing of this kernel forbids users to make namespaces. */
function usersMakeNamespaces(): boolean {
  return (
    kernelSays('kernel/unprivileged_userns_clone') !== '0' &&
    kernelSays('user/max_user_namespaces') !== '0' &&
    kernelSays('kernel/apparmor_restrict_unprivileged_userns') !== '1'
  );
}

function kernelSays(setting: string): string | undefined {
  try {
    return readFileSync(join('/proc/sys', setting), 'utf8').trim();
  } catch {
    return undefined;
  }
}
