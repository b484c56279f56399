/**
 * The security guide, followed page by page: every configuration is one a gateway starts with, every
 * command works, and what a page shows as output is what is printed. A page whose output changed is
 * rewritten by `vitest run --project e2e guide -u`.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, expect, test } from 'vitest';

import type { GatewayCommand } from '../openclaw.ts';
import { until } from '../world.ts';
import { type Step, stepsOf } from './page.ts';
import { type Reader, createReader } from './reader.ts';

const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url));
/** The guide, and pages it leads to for the rest of its subject. */
const PAGES = [
  ...readdirSync(join(DOCS, 'security')).map((name) => `security/${name}`),
  ...['exec', 'files', 'audit'].map((name) => `how-to/${name}.md`),
];
/** Whoever a page lets in. */
const STRANGER = 77_001_122;
/** What a page shows in the place of a code. */
const CODE = 'ABCD2345';
/** Pages whose configurations reach beyond this machine. They are judged and not started. */
const OPEN = new Set(['security/network.md']);

let reader: Reader | undefined;

afterEach(() => reader?.close());

/** Has a stranger write, and returns the code he is sent. */
async function askForCode({ telegram }: Reader): Promise<string> {
  const person = telegram.addUser({ id: STRANGER });
  telegram.userSends({ from: person, text: 'hello' });
  const code = (): string | undefined =>
    telegram.sentTo(person).flatMap(({ text }) => /\b[A-HJ-NP-Z2-9]{8}\b/u.exec(text) ?? [])[0];
  await until(() => code() !== undefined, 'a pairing code');
  return code() ?? '';
}

/** Follows a page and returns it with the output it got in the place of what it shows. */
async function follow(name: string, page: string, person: Reader): Promise<string> {
  let gateway: GatewayCommand | undefined;
  let followed = page;
  const run = async (command: string, line: number): Promise<string> => {
    const first = await person.run(command);
    // Whoever reads a page sits at a terminal, and says yes when he is asked.
    const isAsked = first.stderr.includes('[usage.confirmation]');
    const { code, stdout, stderr } = isAsked ? await person.run(`${command} --yes`) : first;
    const where = `${name}:${String(line)}: ${command}`;
    expect({ where, code, said: code === 0 ? '' : stderr }).toEqual({ where, code: 0, said: '' });
    return stdout;
  };
  const take = async (step: Step): Promise<void> => {
    if (step.kind === 'config') {
      gateway?.child.kill('SIGTERM');
      await gateway?.finished;
      person.write(step.text);
      await run('openclaw config validate', step.line);
      if (!OPEN.has(name)) gateway = await person.start();
      return;
    }
    const { command, line } = step;
    const code = command.includes(CODE) ? await askForCode(person) : CODE;
    const stdout = await run(command.replaceAll(CODE, code), line);
    if (step.kind === 'run') return;
    const printed = stdout.replaceAll(person.home, '~').replaceAll(/ +$/gmu, '');
    followed = followed.replace(step.text, () => `$ ${command}\n${printed}`);
  };
  for (const step of stepsOf(page)) await take(step);
  return followed;
}

for (const name of PAGES) {
  test(`${name} is true`, async () => {
    reader = await createReader();
    const page = readFileSync(join(DOCS, name), 'utf8');
    await expect(await follow(name, page, reader)).toMatchFileSnapshot(join(DOCS, name));
    // The tunnels a page tells of are opened by others; what it says is a whole call all the same.
    for (const call of reader.called())
      expect(call).toMatch(/^(?:ssh -N -[LR] \S+ \S+@\S+|tailscale .+)$/u);
  }, 60_000);
}
