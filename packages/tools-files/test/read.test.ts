import { beforeEach, describe, expect, test } from 'vitest';

import { readTool } from '../src/index.ts';
import { MemoryFiles, run } from './memory-files.ts';

let files: MemoryFiles;

beforeEach(() => {
  files = new MemoryFiles();
});

const read = async (input: object): Promise<string> => (await run(readTool, files, input)).text;

describe('read', () => {
  test('gives the lines, and which they are', async () => {
    files.put('a.txt', 'one\ntwo\nthree\n');
    expect(await read({ path: 'a.txt' })).toBe(
      'one\ntwo\nthree\n' +
        '[lines 1-3 of 3; sha256 b6285c57e8797db5d4c51c80d6f11938afda9b11c6a003549709189e9b4b92a2]',
    );
  });

  test('gives a range, with numbers where asked', async () => {
    files.put('a.txt', 'one\r\ntwo\r\nthree');
    const text = await read({ path: 'a.txt', offset: 2, limit: 1, numbered: true });
    expect(text).toMatch(/^2\ttwo\n\[lines 2-2 of 3; sha256 [0-9a-f]{64}\]$/u);
    expect(await read({ path: 'a.txt', offset: 9 })).toMatch(/^\[no lines from 9 of 3; sha256 /u);
  });

  test('gives an empty file as no lines', async () => {
    files.put('a.txt', '');
    expect(await read({ path: 'a.txt' })).toMatch(/^\[no lines from 1 of 0; sha256 e3b0c442/u);
  });

  test('bounds lines and the whole', async () => {
    files.put('long', `${'x'.repeat(3000)}\nend`);
    expect(await read({ path: 'long' })).toMatch(/^x{2000} \[line cut\]\nend\n\[lines 1-2 of 2/u);
    files.put('many', 'y\n'.repeat(5000));
    expect(await read({ path: 'many' })).toContain('[lines 1-2000 of 5000;');
    files.put('wide', `${'z'.repeat(1999)}\n`.repeat(100));
    expect(await read({ path: 'wide' })).toContain('[lines 1-30 of 100;');
  });

  test('gives the head of a file too large to be read whole', async () => {
    files.put('huge', 'line\n'.repeat(2_200_000));
    const text = await read({ path: 'huge', limit: 1 });
    expect(text).toBe(
      'line\n[lines 1-1 of 200000; only the first 1000000 of 11000000 bytes can be read]',
    );
  });

  test.each([
    ['a PNG image', [0x89, 0x50, 0x4e, 0x47, 1]],
    ['a JPEG image', [0xff, 0xd8, 0xff, 0xe0]],
    ['binary data', [0x61, 0x00, 0x62]],
    ['binary data', [0x61, 0xc3, 0x28]],
  ])('says that something is %s and shows none of it', async (is, bytes) => {
    files.put('b', Uint8Array.from(bytes));
    expect(await read({ path: 'b' })).toBe(
      `This is ${is} of ${String(bytes.length)} bytes; read shows text only.`,
    );
  });

  test('reads UTF-8 and UTF-16 with a mark', async () => {
    files.put('a', Uint8Array.from([0xef, 0xbb, 0xbf, 0xc3, 0xa4]));
    expect(await read({ path: 'a' })).toMatch(/^ä\n/u);
    files.put('b', Uint8Array.from([0xff, 0xfe, 0xe4, 0x00]));
    expect(await read({ path: 'b' })).toMatch(/^ä\n/u);
  });

  test('refuses what does not fit, and throws what the broker refuses', async () => {
    await expect(read({ path: '' })).rejects.toMatchObject({ code: 'test.input' });
    await expect(read({ path: 'a', offset: 0 })).rejects.toMatchObject({ code: 'test.input' });
    await expect(read({ path: 'a', more: 1 })).rejects.toMatchObject({ code: 'test.input' });
    await expect(read({ path: 'missing' })).rejects.toMatchObject({ code: 'files.not_found' });
    await expect(run(readTool, undefined, { path: 'a' })).rejects.toMatchObject({
      code: 'files.unavailable',
    });
  });
});
