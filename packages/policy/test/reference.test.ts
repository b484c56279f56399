// Pins: the published reference has a row for every code of admission, pairing, sessions, tools and
// capabilities,
// with the very sentence that decisions carry.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reasons } from '../src/ops.ts';

const AREAS =
  /^(?:config|engine|ingress|event|hook|loop|dm|group|command|context|pairing|route|session|tool|capability)\./;

test('docs/reference/policy.md', () => {
  const page = readFileSync(new URL('../../../docs/reference/policy.md', import.meta.url), 'utf8');
  const rows = new Map(
    [...page.matchAll(/^\| `([a-z0-9_.]+)` +\| (.*?) +\|$/gm)].map(([, code, text]) => [
      code,
      text,
    ]),
  );
  const wanted = Object.entries(reasons).filter(([code]) => AREAS.test(code));
  expect(wanted.filter(([code, sentence]) => rows.get(code) !== sentence)).toEqual([]);
});
