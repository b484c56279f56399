import { expect, test } from 'vitest';
import { fileName } from '../src/index.ts';

test.each([
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', '.._.._etc_passwd'],
  ['a"\r\nX-Evil: 1.txt', 'a___X-Evil_ 1.txt'],
  ['exe.\u202Etxt', 'exe._txt'],
  ['', 'file'],
])('%j goes out as %j', (name, wanted) => {
  expect(fileName(name)).toBe(wanted);
});

test('of a name that is too long the end is kept', () => {
  const name = fileName(`${'😀'.repeat(100)}.pdf`);
  expect(name).toMatch(/\.pdf$/u);
  expect(name.length).toBeLessThanOrEqual(128);
  expect(name.isWellFormed()).toBe(true);
});
