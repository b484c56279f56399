/**
 * Questions of an agent to the person it works for. An answer is words of that person and permits
 * nothing; what has to be permitted is an approval.
 *
 * The shapes are those of OpenClaw's clients, which know several questions in one record. Ours hold
 * one, under the id `answer`.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { idSchema, timestampSchema } from '../scalars.ts';

const answersSchema = z.strictObject({
  /** Texts by the id of the question. */
  answers: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/u), z.array(z.string().max(20_000)).max(4)),
});

const sessionKeySchema = idSchema.max(512);

/** A question, waiting or over. */
export const questionSchema = z.strictObject({
  id: idSchema,
  questions: z
    .array(
      z.strictObject({
        questionId: idSchema,
        /** Title of at most 12 characters. */
        header: z.string().max(12),
        /** Text of a model. Show it as text. */
        question: idSchema,
        options: z.array(z.strictObject({ label: idSchema })).max(4),
        /** Another answer than the options may be written. */
        isOther: z.literal(true),
      }),
    )
    .length(1),
  agentId: idSchema,
  sessionKey: sessionKeySchema,
  runId: idSchema,
  createdAtMs: timestampSchema,
  expiresAtMs: timestampSchema,
  status: z.enum(['pending', 'answered', 'cancelled', 'expired']),
  answers: answersSchema.optional(),
  resolvedBy: idSchema.optional(),
});

/** A question, waiting or over. */
export type Question = z.infer<typeof questionSchema>;

const endSchema = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('answered'), answers: answersSchema }),
  z.strictObject({ status: z.literal('cancelled') }),
]);

/** Payload of `question.resolved`. */
export const questionResolvedSchema = z.discriminatedUnion('status', [
  z.strictObject({ id: idSchema, status: z.literal('answered'), answers: answersSchema }),
  z.strictObject({ id: idSchema, status: z.literal('cancelled') }),
  z.strictObject({ id: idSchema, status: z.literal('expired') }),
]);

/** Methods on questions. A connection sees those it is asked itself, and no others. */
export const questionMethods = defineMethods({
  'question.list': {
    scope: 'operator.questions',
    params: z.looseObject({}),
    result: z.strictObject({ questions: z.array(questionSchema) }),
    summary: 'Questions that wait for an answer, oldest first.',
  },
  'question.get': {
    scope: 'operator.questions',
    params: z.strictObject({ id: idSchema.max(128) }),
    result: z.strictObject({ question: questionSchema }),
    summary: 'A question, waiting or over.',
  },
  'question.resolve': {
    scope: 'operator.questions',
    params: z.strictObject({
      id: idSchema.max(128),
      answers: answersSchema.optional(),
      cancel: z.literal(true).optional(),
      /** Whom a client speaks for. Nobody but the connection itself answers. */
      resolvedBy: idSchema.optional(),
    }),
    result: endSchema,
    summary: 'Answers a question, or ends it without an answer. The first answer counts.',
  },
});
