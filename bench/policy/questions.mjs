/**
 * The question every engine is asked: may sender X, on channel Y in group Z, call tool T?
 *
 * The rules: the sender is on an allow list, the group is listed, the group may use the tool. The
 * questions go through listed senders and strangers, listed groups and one that is not, allowed
 * tools and others. Every engine must give the expected answer to each of them.
 *
 * @module
 */

/** The channel of every question. */
export const CHANNEL = 'telegram';
/** Listed groups, each with the tools its members may call. */
export const GROUPS = new Map([
  ['-1001', ['web_search', 'web_fetch']],
  ['-1002', ['web_search', 'read']],
]);
const ASKED_GROUPS = [...GROUPS.keys(), '-1003'];
const ASKED_TOOLS = ['web_search', 'web_fetch', 'read', 'browser'];

const FIRST_ID = 100_000_000;
/** Coprime to every size, so that a walk meets all entries in an order that is not theirs. */
const STRIDE = 7919;
/** Enough questions that no branch predictor learns them. */
const LEAST_QUESTIONS = 4096;

/**
 * One question with its answer.
 *
 * @typedef {object} Question
 * @property {string} sender
 * @property {string} group
 * @property {string} tool
 * @property {boolean} expected
 */

/** The entries of an allow list of `size` senders. */
export function senders(size) {
  return Array.from({ length: size }, (_, index) => String(FIRST_ID + index * STRIDE));
}

/** The questions for an allow list of `size` entries. @returns {Question[]} */
export function questions(size) {
  const listed = senders(size);
  return Array.from({ length: Math.max(LEAST_QUESTIONS, size) }, (_, index) => {
    const isStranger = index % 4 === 3;
    const sender = isStranger
      ? String(FIRST_ID + 1 + index * STRIDE)
      : (listed[(index * STRIDE) % size] ?? '');
    const group = ASKED_GROUPS[index % ASKED_GROUPS.length] ?? '';
    const tool = ASKED_TOOLS[(index >> 2) % ASKED_TOOLS.length] ?? '';
    const expected = !isStranger && GROUPS.get(group)?.includes(tool) === true;
    return { sender, group, tool, expected };
  });
}
