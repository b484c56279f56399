/**
 * Doors that lead to the state of a test's home: what a command gets where no gateway runs.
 *
 * @module
 */
import type { Doors } from '../../src/command.ts';
import { openOperator } from '../../src/compose/open-operator.ts';

/** Opens the state itself, as the program does. */
export const LOCAL: Pick<Doors, 'openOperator'> = { openOperator };
