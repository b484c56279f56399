// @ts-check
/** @import { AuditCheck, StandardSchema } from '@portcullis/core' */

/**
 * The options of one account. Keys that every channel has (`dmPolicy`, `allowFrom`, ...) are checked
 * by the gateway and are none of ours.
 *
 * @typedef {{ readonly host: string, readonly port: number }} LinechatOptions
 */

/** @param {unknown} value */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @type {StandardSchema<unknown, LinechatOptions>} */
export const optionsSchema = {
  '~standard': {
    version: 1,
    vendor: 'linechat',
    validate(value) {
      const given = /** @type {Record<string, unknown>} */ (isObject(value) ? value : {});
      const { host = '127.0.0.1', port } = given;
      if (typeof host !== 'string' || host === '') {
        return { issues: [{ message: 'must be the name of a machine', path: ['host'] }] };
      }
      if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
        return { issues: [{ message: 'must be a port, 1 to 65535', path: ['port'] }] };
      }
      return { value: { host, port } };
    },
  },
};

/**
 * Lines travel in the clear: they should not leave this machine.
 *
 * @type {AuditCheck}
 */
export const serverElsewhere = {
  id: 'linechat.server_elsewhere',
  check(config) {
    const { channels } = /** @type {{ channels?: { linechat?: { host?: unknown } } }} */ (config);
    const host = channels?.linechat?.host ?? '127.0.0.1';
    if (host === '127.0.0.1' || host === '::1' || host === 'localhost') return [];
    return [
      {
        severity: 'warn',
        title: 'Linechat is read by everybody on the way',
        detail: 'The server is on another machine, and the connection is not encrypted.',
        path: 'channels.linechat.host',
        remediation: 'Reach it through a tunnel that ends on this machine.',
      },
    ];
  },
};
