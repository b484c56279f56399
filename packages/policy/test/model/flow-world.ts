/**
 * Who is who in the claims about information, and what somebody may receive by the rule.
 *
 * @module
 */

export const OWNERS: readonly string[] = ['t:1'];

/** Participants by session: the owner alone, somebody else, both. */
export const CONVERSATIONS: Readonly<Record<string, readonly string[]>> = {
  s1: ['t:1'],
  s2: ['t:2'],
  s3: ['t:1', 't:2'],
};

/** Whether everybody of `to` may know data of all `classes`. Nobody in particular may know nothing. */
export function mayReceive(to: readonly string[], classes: readonly string[]): boolean {
  return classes.every((kind) => {
    const knows = kind.startsWith('conv:') ? (CONVERSATIONS[kind.slice('conv:'.length)] ?? []) : [];
    return to.length > 0 && to.every((peer) => peer === 't:1' || knows.includes(peer));
  });
}
