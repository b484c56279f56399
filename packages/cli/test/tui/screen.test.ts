/**
 * What a person sees of a conversation on a terminal, and what the keys do.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { LineEditor } from '../../src/terminal/live/line-editor.ts';
import { LiveScreen } from '../../src/terminal/live/live-screen.ts';
import { breakLine, fit, widthOf } from '../../src/terminal/live/width.ts';
import { styled } from '../../src/terminal/style.ts';
import { FakeTerminal } from './terminal.ts';

interface Heard {
  readonly lines: string[];
  interrupts: number;
  ends: number;
}

function open(columns = 60): { screen: LiveScreen; terminal: FakeTerminal; heard: Heard } {
  const terminal = new FakeTerminal(columns);
  const heard: Heard = { lines: [], interrupts: 0, ends: 0 };
  const screen = new LiveScreen({ stdin: terminal.stdin, stdout: terminal, color: false });
  screen.open({
    line: ({ text }) => heard.lines.push(text),
    interrupt: () => (heard.interrupts += 1),
    end: () => (heard.ends += 1),
  });
  return { screen, terminal, heard };
}

describe('a live screen', () => {
  test('keeps what was said above what is typed', async () => {
    const { screen, terminal } = open();
    screen.status('main | ready');
    terminal.type('hel');
    await expect.poll(() => terminal.rows).toEqual(['main | ready', '> hel']);
    screen.line(styled('green', 'Agent'));
    screen.stream('How can ');
    screen.stream('I help?\nSay');
    expect(terminal.rows).toEqual(['Agent', 'How can I help?', 'Say', 'main | ready', '> hel']);
    screen.stream(' it.');
    screen.endStream();
    expect(terminal.rows).toEqual(['Agent', 'How can I help?', 'Say it.', 'main | ready', '> hel']);
    expect(terminal.cursor).toEqual([4, 5]);
  });

  test('loses nothing of a long answer, and never lets a row become two', () => {
    const { screen, terminal } = open(20);
    const words = Array.from({ length: 60 }, (_, index) => `word${String(index)}`).join(' ');
    for (const letter of words) screen.stream(letter);
    expect(terminal.rows.slice(0, -2).join(' ')).toBe(words);
    expect(terminal.rows.every((row) => widthOf(row) < 20)).toBe(true);
    screen.stream(`\n${'x'.repeat(50)}\n日本語日本語日本語日本語日本語`);
    screen.endStream();
    const said = terminal.rows.slice(0, -2).join('');
    expect(said).toContain(`word59${'x'.repeat(50)}日本語日本語日本語日本語日本語`);
  });

  test('is drawn anew for a terminal that became smaller', () => {
    const { screen, terminal } = open(60);
    screen.status('a status that is a little longer than the terminal will be');
    terminal.columns = 20;
    screen.line('still here');
    expect(terminal.rows.at(-2)).toBe('a status that is a');
    expect(terminal.text).toContain('still here');
  });

  test('spells out what would command the terminal, whoever wrote it', () => {
    const { screen, terminal } = open();
    const nasty = 'a\u001B[2Jb\u009B1mc\u0007\rd\u202Ee';
    screen.line(nasty);
    screen.stream(nasty);
    screen.endStream();
    screen.status(nasty);
    screen.restore(nasty);
    const spelled = String.raw`a\x1b[2Jb\x9b1mc\x07\x0dd\u202ee`;
    expect(terminal.rows.slice(0, 3)).toEqual([spelled, spelled, spelled]);
    expect(terminal.others).toEqual(['\u001B[?2004h']);
  });

  test('shows the part of a long line that is being typed', async () => {
    const { terminal } = open(20);
    terminal.type(`${'a'.repeat(40)}END`);
    await expect.poll(() => terminal.rows.at(-1)).toMatch(/^> a+END$/);
    expect(terminal.rows).toHaveLength(2);
    terminal.type('\u0001');
    await expect.poll(() => terminal.rows.at(-1)).toBe(`> ${'a'.repeat(17)}`);
    expect(terminal.cursor[1]).toBe(2);
  });

  test('takes a paste of several lines as one, and sends it with Enter', async () => {
    const { terminal, heard } = open();
    terminal.type('\u001B[200~one\rtwo\n\u001B[201~');
    await expect.poll(() => terminal.rows.at(-1)).toContain('one⏎two⏎');
    expect(heard.lines).toEqual([]);
    terminal.type('\r');
    await expect.poll(() => heard.lines).toEqual(['one\ntwo\n']);
  });

  test('gives the terminal back as it was', async () => {
    const { screen, terminal, heard } = open();
    expect(terminal.isRaw).toBe(true);
    screen.line('said');
    terminal.type('typed');
    await expect.poll(() => terminal.rows.at(-1)).toBe('> typed');
    screen.close();
    expect(terminal.isRaw).toBe(false);
    expect(terminal.rows).toEqual(['said', '']);
    expect(terminal.others).toEqual(['\u001B[?2004h', '\u001B[?2004l']);
    terminal.type('more\r');
    expect(heard.lines).toEqual([]);
  });

  test('tells of Ctrl-C and Ctrl-D on an empty line only', async () => {
    const { terminal, heard } = open();
    terminal.type('text\u0003');
    await expect.poll(() => terminal.rows.at(-1)).toBe('>');
    expect(heard).toMatchObject({ interrupts: 0, ends: 0 });
    terminal.type('\u0003\u0004');
    await expect.poll(() => [heard.interrupts, heard.ends]).toEqual([1, 1]);
  });
});

function typed(editor: LineEditor, text: string): void {
  for (const letter of text) editor.press(letter, { name: letter });
}

describe('the line', () => {
  test('is edited where the cursor stands', () => {
    const editor = new LineEditor();
    typed(editor, 'helo world');
    editor.press('\u0001', { name: 'a', ctrl: true });
    for (let step = 0; step < 3; step += 1) editor.press(undefined, { name: 'right' });
    typed(editor, 'l');
    expect(editor.text).toBe('hello world');
    editor.press(undefined, { name: 'end' });
    editor.press(undefined, { name: 'w', ctrl: true });
    expect(editor.text).toBe('hello ');
    editor.press(undefined, { name: 'backspace' });
    editor.press(undefined, { name: 'home' });
    editor.press(undefined, { name: 'delete' });
    expect(editor.text).toBe('ello');
    editor.press(undefined, { name: 'u', ctrl: true });
    expect(editor.text).toBe('ello');
    editor.press(undefined, { name: 'k', ctrl: true });
    expect(editor.text).toBe('');
  });

  test('counts an emoji as one letter', () => {
    const editor = new LineEditor();
    editor.press('🙂', {});
    editor.press(undefined, { name: 'backspace' });
    expect(editor.text).toBe('');
  });

  test('comes back from the history, and the one that was begun after it', () => {
    const editor = new LineEditor();
    for (const line of ['first', 'second', 'second']) {
      typed(editor, line);
      editor.press(undefined, { name: 'return' });
    }
    typed(editor, 'draft');
    const seen = ['up', 'up', 'up', 'down', 'down', 'down'].map((name) => {
      editor.press(undefined, { name });
      return editor.text;
    });
    expect(seen).toEqual(['second', 'first', 'first', 'second', 'draft', 'draft']);
  });

  test('says whether all of it was typed, and since when', () => {
    let now = 1000;
    const editor = new LineEditor(() => now);
    const submit = (): unknown => editor.press(undefined, { name: 'return' });
    typed(editor, 'y');
    now = 2000;
    typed(editor, 'es');
    expect(submit()).toMatchObject({ line: { text: 'yes', isTyped: true, begunAt: 1000 } });
    editor.press(undefined, { name: 'up' });
    expect(submit()).toMatchObject({ line: { text: 'yes', isTyped: false } });
    editor.press(undefined, { name: 'paste-start' });
    editor.press('yes', {});
    editor.press(undefined, { name: 'paste-end' });
    expect(submit()).toMatchObject({ line: { text: 'yes', isTyped: false } });
    typed(editor, 'n');
    expect(submit()).toMatchObject({ line: { text: 'n', isTyped: true, begunAt: 2000 } });
  });
});

describe('the width of a text', () => {
  test.each([
    ['abc', 3],
    ['日本', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['🙂', 2],
    ['❤\uFE0F', 2],
  ])('%s takes %i columns', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test('decides where a line is broken', () => {
    expect(breakLine('one two three', 9)).toEqual({ head: 'one two', rest: 'three' });
    expect(breakLine('onetwothree', 4)).toEqual({ head: 'onet', rest: 'wothree' });
    expect(breakLine('fits', 4)).toEqual({ head: 'fits', rest: '' });
    expect(fit('日本語', 5)).toBe('日本');
    expect(breakLine('日本', 1)).toEqual({ head: '日', rest: '本' });
  });
});
