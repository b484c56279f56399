/**
 * One turn at work.
 *
 * @module
 */
import type { CallSite } from '../brokers/effect.ts';
import { SessionFlow } from '../brokers/session-flow.ts';
import type { Kernel } from '../kernel.ts';
import type { Run } from '../session/runs.ts';
import type { CallTime } from './call-time.ts';
import type { TurnSubject } from './record.ts';

/** What calls of tools know of the turn they are part of. */
export interface CallWork extends Pick<TurnSubject, 'event' | 'run'> {
  /** Aborts when the turn is to stop, with the reason as `RunAborted`. */
  readonly signal: AbortSignal;
  /** Waits for others: meanwhile the turn's time stands still and its place is free. */
  readonly parked: <T>(wait: () => Promise<T>) => Promise<T>;
  /** Stops the run: it asked for too much. */
  readonly stop: () => void;
  /** Asks again whether the one behind the turn may have it. */
  readonly readmit: CallSite['readmit'];
  /** Set where nobody is asked: what needs an approval is refused. */
  readonly unattended?: true;
}

/** An admitted event whose turn is being taken. */
export interface Work extends CallWork, TurnSubject {
  readonly live: Run;
}

/** Where an effect of a turn comes from. `time` is that of the call, where there is one. */
export function siteOf(
  kernel: Kernel,
  { run, event, signal, parked, stop, readmit, unattended }: CallWork,
  call: { readonly id: string; readonly name: string },
  time?: CallTime,
): CallSite {
  const flow = new SessionFlow(kernel, run, event);
  const site = {
    run,
    event,
    callId: call.id,
    tool: call.name,
    flow,
    stop,
    readmit,
    ...(unattended === undefined ? {} : { unattended }),
  };
  if (time === undefined) return { ...site, signal, parked };
  return { ...site, signal: time.signal, parked: (wait) => parked(() => time.pause(wait)) };
}
