/**
 * A recipe of the documentation, cooked as written: its one config, its commands, and a gateway on
 * it. Only the servers beyond this machine are fakes.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import {
  type FakeAnswer,
  type FakeModelRequest,
  type FakeModelServer,
  fakeAnthropic,
} from '@portcullis/testkit';
import { expect } from 'vitest';

import { blocksOf } from '../../repo/rules/readmes.ts';
import { stepsOf } from '../guide/page.ts';
import { type Edit, type Reader, createReader } from '../guide/reader.ts';
import type { GatewayCommand } from '../openclaw.ts';

const DOCS = fileURLToPath(new URL('../../../docs/how-to/', import.meta.url));

/** What a recipe runs on beside its config. */
export interface Larder {
  /** Servers that stand for real ones, by the config path of their address. */
  readonly edits?: readonly Edit[];
  readonly variables?: Readonly<Record<string, string>>;
  /** What the reader writes in the place of names on the page. */
  readonly names?: ReadonlyMap<string, string>;
  readonly respond: (request: FakeModelRequest) => string | FakeAnswer;
}

/** A recipe that was set up. */
export interface Dish {
  readonly reader: Reader;
  readonly model: FakeModelServer;
  readonly gateway: GatewayCommand;
  /** Runs a line that must end well, and returns what it prints. */
  well(line: string): Promise<string>;
  close(): Promise<void>;
}

/** The text of a page below `docs/how-to`. */
export function page(name: string): string {
  return readFileSync(`${DOCS}${name}`, 'utf8');
}

/** The one block of a language on a page. */
export function block(name: string, language: string): string {
  const found = blocksOf(new Map([[name, page(name)]])).filter(
    (each) => each.language === language,
  );
  expect(found, `${language} of ${name}`).toHaveLength(1);
  return found[0]?.text ?? '';
}

function renamed(text: string, names: ReadonlyMap<string, string>): string {
  return [...names].reduce((made, [from, to]) => made.replaceAll(from, to), text);
}

/** That the audit warns of nothing but what the page names, and of everything it names. */
async function explained(name: string, well: Dish['well']): Promise<void> {
  type Report = { findings: { checkId: string; severity: string }[] };
  const { findings } = JSON.parse(await well('openclaw security audit --json')) as Report;
  const found = findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ checkId }) => checkId);
  const [, section = ''] = page(`recipes/${name}.md`).split('## What the audit still says\n');
  const named = section.split('\n## ')[0]?.matchAll(/^\| `([^`]+)`/gmu) ?? [];
  expect(new Set(found)).toEqual(new Set([...named].map(([, id]) => id)));
}

/**
 * Sets a recipe up: writes its config, runs its commands up to the first that needs a person's code,
 * and starts the gateway.
 */
export async function cook(
  name: string,
  { edits = [], variables, names = new Map(), respond }: Larder,
): Promise<Dish> {
  const model = await fakeAnthropic({ respond });
  const anthropic = { path: 'models.providers.anthropic.baseUrl', value: model.url };
  const reader = await createReader([anthropic, ...edits], {
    ANTHROPIC_API_KEY: 'a-key-of-a-reader-0001',
    ...variables,
  });
  const well = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await reader.run(line);
    expect({ line, code, said: code === 0 ? '' : stderr + stdout }).toEqual({
      line,
      code: 0,
      said: '',
    });
    return stdout;
  };
  const steps = stepsOf(page(`recipes/${name}.md`));
  expect(steps.some((step) => step.kind === 'run' && step.command.includes('security audit'))).toBe(
    true,
  );
  for (const step of steps) {
    if (step.kind === 'config') reader.write(renamed(step.text, names));
    // What needs a person with a phone or a code comes later, and after it are variations.
    else if (/^openclaw (?:pairing|channels login)/u.test(step.command)) break;
    else await well(step.command);
  }
  await explained(name, well);
  const gateway = await reader.start();
  return {
    reader,
    model,
    gateway,
    well,
    close: async () => {
      await reader.close();
      await model.close();
    },
  };
}
