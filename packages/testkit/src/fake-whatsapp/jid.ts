/**
 * Addresses of people, devices and groups.
 *
 * @module
 */

/** Where the server itself is written to. */
export const SERVER = 's.whatsapp.net';

/** The address without the device: `1:7@lid` is `1@lid`. */
export function userOf(jid: string): string {
  return jid.replace(/[:_.]\d+@/, '@');
}

/** The number of the device, 0 for a phone. */
export function deviceOf(jid: string): number {
  return Number(/:(\d+)@/.exec(jid)?.[1] ?? 0);
}

/** The address of one device of `user`. */
export function deviceJid(user: string, device: number): string {
  return device === 0 ? user : user.replace('@', `:${device}@`);
}

/** Whether `jid` is one by hidden id. */
export function isLid(jid: string): boolean {
  return jid.endsWith('@lid');
}

/** Whether `jid` is a group. */
export function isGroup(jid: string): boolean {
  return jid.endsWith('@g.us');
}
