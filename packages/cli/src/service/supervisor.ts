/**
 * Who looks after the service of a gateway.
 *
 * @module
 */
import type { Environment, StatePaths } from '@portcullis/gateway/config';

import type { Definition } from './definition.ts';

/** What a manager says of the service. */
export interface ServiceState {
  /** True where the manager knows the definition. */
  readonly loaded: boolean;
  /** True where it starts by itself. */
  readonly enabled: boolean;
  readonly status: 'running' | 'stopped' | 'unknown';
  readonly pid?: number;
  /** In the words of the manager: `active/running`, `failed (226)`. */
  readonly detail: string;
}

/** A service manager of this user. Every method throws `service.failed` where its program fails. */
export interface ServiceManager {
  readonly kind: 'systemd' | 'launchd';
  /** What the service is called there. */
  readonly label: string;
  /** The file of the definition. */
  readonly path: string;
  /** A text that stands in definitions of ours. */
  readonly mark: string;
  /** The text of a definition. */
  write(definition: Definition): string;
  /** Makes it known after the file was written, and has it start with the next session. */
  enable(): Promise<void>;
  /** Stops it and makes it unknown; the file is removed by the caller. */
  disable(): Promise<void>;
  /** After the file was removed. */
  forget(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  restart(): Promise<void>;
  state(): Promise<ServiceState>;
  /** What else has to be done for it to run without somebody logged in; undefined for nothing. */
  lasting(): string | undefined;
}

/** Where to find the manager. Tests give their own program. */
export interface ManagerSearch {
  readonly env: Environment;
  readonly paths: StatePaths;
  /** Default: that of this process. */
  readonly platform?: NodeJS.Platform;
  /** Default: `systemctl` or `launchctl` of the system. */
  readonly program?: string;
  /** Whether the kernel lets users make namespaces. Default: asked of the kernel. */
  readonly namespaces?: boolean;
}
