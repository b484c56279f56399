/** A state directory with files that others can come to, and the fixes of a gateway over it. */
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { configHistoryTable } from '../../src/changes/row.ts';
import { Fixes } from '../../src/posture/fixes/fixes.ts';
import type { IsOurs } from '../../src/posture/fixes/modes.ts';
import { planFix } from '../../src/posture/fixes/plan.ts';
import { fixesTable } from '../../src/posture/fixes/row.ts';
import type { ShownPlan } from '../../src/services.ts';
import { loadConfig } from '../../src/config/index.ts';
import { type World, openWorld } from '../changes/world.ts';

export const OPEN = `{
  // Kept as it is.
  gateway: { mode: "local", auth: { token: "canary-gateway-token-93zq81" } },
  channels: { telegram: { groupPolicy: "open" } },
}
`;

/** A world whose fixes can be asked for. */
export interface FixWorld extends World {
  readonly fixes: Fixes;
  /** The fixes of the process after this one. */
  readonly next: (options?: {
    readonly ours?: IsOurs;
    readonly changes?: World['changes'];
  }) => Fixes;
  /** Everything there is to close now. */
  readonly plan: () => ShownPlan;
  /** Makes a file below the state directory. Returns its path. */
  readonly file: (name: string, mode: number) => string;
}

/** The permission bits of a path, as `600`. */
export function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8).padStart(3, '0');
}

/** Opens one. */
export async function openFixWorld(raw: string = OPEN): Promise<FixWorld> {
  const world = await openWorld(raw, undefined, [configHistoryTable, fixesTable]);
  const { paths, env, ground } = world;
  const next: FixWorld['next'] = (options = {}) =>
    new Fixes({ ...ground, env, changes: world.changes, ...options });
  return {
    ...world,
    fixes: next(),
    next,
    plan: () => {
      const { config, modes } = planFix(loadConfig({ env, paths }), paths);
      return {
        changes: config.map(({ line }) => line),
        modes: modes
          .filter(({ skipped }) => skipped === undefined)
          .map(({ path, mode }) => ({ path, mode })),
      };
    },
    file: (name, mode) => {
      const path = join(paths.stateDir, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, 'x');
      chmodSync(path, mode);
      return path;
    },
  };
}
