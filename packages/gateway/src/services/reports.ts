/**
 * How channels, models and agents are doing.
 *
 * @module
 */
/** How a channel account is doing, as operators see it. */
export interface ChannelReport {
  readonly channel: string;
  readonly accountId: string;
  readonly configured: boolean;
  readonly enabled: boolean;
  /** False: the package is missing; `lastError` names the command that installs it. */
  readonly installed: boolean;
  readonly state: 'starting' | 'connected' | 'reconnecting' | 'stopped' | 'failed';
  readonly identity?: string;
  readonly lastContactAt?: number;
  readonly lastError?: string;
  readonly restarts: number;
}

/** The model in use and those that could be. */
export interface ModelReport {
  /** `<provider>/<model>`, first choice first. */
  readonly active: readonly string[];
  /** Why no model can be used, as one sentence with what to do. */
  readonly problem?: string;
  readonly models: readonly {
    readonly id: string;
    readonly provider: string;
    readonly name: string;
    readonly available: boolean;
    readonly contextWindow?: number;
  }[];
}

/** One agent. */
export interface AgentReport {
  readonly id: string;
  readonly name?: string;
  readonly isDefault: boolean;
  readonly model?: string;
  readonly workspace: string;
}
