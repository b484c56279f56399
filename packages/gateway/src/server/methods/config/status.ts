/**
 * Methods on edits of the config file.
 *
 * @module
 */
import type { ConfigStatus, Health } from '@portcullis/protocol';

import type { ConfigReport } from '../../../services.ts';
import type { Handlers } from '../../plane.ts';

/** Methods on edits of the config file. */
export const configStatusHandlers: Handlers<
  'config.status' | 'config.accept' | 'config.reject' | 'secrets.reload'
> = {
  'config.status': (_params, { services }) => toConfigStatus(services.edits.report()),
  'config.accept': async ({ hash }, { services, caller }) => {
    const { applied, restartNeeded, failed } = await services.edits.accept(caller, hash);
    return { applied: [...applied], restartNeeded: [...restartNeeded], failed: [...failed] };
  },
  'config.reject': async ({ hash }, { services, caller }) => {
    await services.edits.reject(caller, hash);
    return {};
  },
  'secrets.reload': async (_params, { services }) => {
    const { failed } = await services.edits.reloadSecrets();
    return { ok: true, warningCount: failed.length, failed: [...failed] };
  },
};

/** In one word, what there is to do about the config. */
export function configHealth({ edit, failed, restartNeeded }: ConfigReport): Health['config'] {
  if (edit !== undefined) return edit.state;
  if (failed.length > 0) return 'failed';
  return restartNeeded.length > 0 ? 'restart-needed' : 'in-force';
}

/** A report as it goes over the wire. */
export function toConfigStatus(report: ConfigReport): ConfigStatus {
  const { mode, at, restartNeeded, failed, edit } = report;
  const status = { mode, at, restartNeeded: [...restartNeeded], failed: [...failed] };
  if (edit === undefined) return status;
  if (edit.state === 'invalid') {
    const issues = edit.issues.map(({ path, message }) => ({ path, message }));
    return { ...status, edit: { ...edit, issues } };
  }
  return { ...status, edit: { ...edit, opens: [...edit.opens], closes: [...edit.closes] } };
}
