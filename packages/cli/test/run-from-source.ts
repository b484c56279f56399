/**
 * Runs the command line from source, in a process of its own.
 *
 * @module
 */
import { runProcess } from '../src/main.ts';

await runProcess();
