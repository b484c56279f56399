/**
 * Programs of this benchmark that run in processes of their own.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Starts the program `name` beside this file and resolves with the first line of JSON it prints.
 *
 * @param {string} name
 * @param {unknown} [input] Handed over as JSON in the first argument.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function startProgram(name, input = {}, env = process.env) {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify(input)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const line = once(createInterface({ input: child.stdout }), 'line');
  const first = await Promise.race([line, ended.then(() => undefined)]);
  if (first === undefined) throw new Error(`${name} ended before it said anything`);
  return {
    said: JSON.parse(first[0]),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
    ended,
  };
}

/**
 * Runs the program `name` to its end and resolves with the line of JSON it printed.
 *
 * @param {string} name
 * @param {unknown} input
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function runProgram(name, input, env) {
  const program = await startProgram(name, input, env);
  await program.ended;
  return program.said;
}
