/**
 * What people and the agent can call upon: chat commands, skills.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { idSchema } from '../scalars.ts';

const commandSchema = z.strictObject({
  name: idSchema,
  textAliases: z.array(idSchema),
  description: z.string(),
  source: z.literal('native'),
  scope: z.literal('text'),
  acceptsArgs: z.boolean(),
});

/** Methods on abilities. */
export const abilityMethods = defineMethods({
  'commands.list': {
    scope: 'operator.read',
    params: z.strictObject({
      sessionKey: idSchema.max(512).optional(),
      agentId: idSchema.optional(),
      /** The network whose commands are meant. Without one: those of operator chat, which has none. */
      provider: idSchema.optional(),
      scope: z.enum(['text', 'native', 'both']).optional(),
      includeArgs: z.boolean().optional(),
    }),
    result: z.strictObject({ commands: z.array(commandSchema) }),
    summary: 'Commands that people may write on a network. Policy decides who may give which.',
  },
  'skills.status': {
    scope: 'operator.read',
    params: z.strictObject({
      agentId: idSchema.optional(),
      sessionKey: idSchema.max(512).optional(),
    }),
    result: z.strictObject({
      /** For `operator.admin` only; otherwise empty. */
      workspaceDir: z.string(),
      managedSkillsDir: z.literal(''),
      agentId: idSchema,
      skills: z.array(z.never()),
    }),
    summary: 'Skills of an agent: none, this gateway runs none.',
  },
});
