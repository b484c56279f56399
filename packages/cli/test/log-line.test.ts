import { expect, test } from 'vitest';

import { logPieces, readTailed, readWritten } from '../src/terminal/log-line.ts';

const WRITTEN =
  '{"level":40,"time":"2026-01-02T03:04:05.000Z","name":"gateway","code":"x","msg":"hm"}\n';

function text(...parameters: Parameters<typeof logPieces>): string {
  return logPieces(...parameters)
    .map((piece) => (typeof piece === 'string' ? piece : piece.text))
    .join('');
}

test('a line looks the same whether it was written or tailed', () => {
  const tailed = {
    '1': { code: 'x' },
    _meta: { logLevelName: 'WARN' },
    time: '2026-01-02T03:04:05.000Z',
    message: 'hm',
  };
  expect(readTailed(tailed)).toEqual(readWritten(WRITTEN));
  expect(text(readWritten(WRITTEN))).toBe('2026-01-02T03:04:05.000Z WARN  hm {"code":"x"}');
});

test('the compact look is the time of day and the message', () => {
  expect(text(readWritten(WRITTEN), 'compact')).toBe('03:04:05 WARN  hm');
});

test('what is no line of ours is shown as it is', () => {
  expect(readWritten('torn').message).toBe('torn');
  expect(text(readTailed('torn')).trim()).toBe('');
});
