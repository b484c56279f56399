/**
 * The named points a message passes on its way, and a change of the config. A gateway may be given a listener for them: the
 * kill tests end the process at each, a tracer may time them.
 *
 * @module
 */

/**
 * Every point, in the order of the way. `before` points lie just ahead of a durable commit or an
 * outside effect, `after` points just behind it.
 */
export const STEPS = [
  'inbox.before-commit',
  'inbox.after-commit',
  'gate.before-decision',
  'gate.before-commit',
  'gate.after-commit',
  'pairing.before-mirror',
  'pairing.after-mirror',
  'lane.entered',
  'turn.before-begin',
  'turn.after-begin',
  'model.before-request',
  'model.first-delta',
  'model.after-response',
  'tool.before-decision',
  'tool.before-commit',
  'tool.after-commit',
  'turn.before-commit',
  'turn.after-commit',
  'outbox.before-claim',
  'outbox.after-claim',
  'outbox.before-send',
  'outbox.after-send',
  'outbox.before-settle',
  'outbox.after-settle',
  'config.before-write',
  'config.after-write',
] as const;

/** A point on the way of a message, or of a change of the config. */
export type Step = (typeof STEPS)[number];

/** Told of every point that is passed. Must return at once. */
export type StepListener = (step: Step) => void;
