/**
 * What a conversation needs of a terminal: lines that stay, an answer that grows, a line to type.
 *
 * @module
 */
import type { Piece } from '../style.ts';
import type { Submission } from './line-editor.ts';

/** What a person does at a screen. */
export interface ScreenHearer {
  line(line: Submission): void;
  /** Ctrl-C on an empty line. */
  interrupt(): void;
  /** The person leaves, or the terminal is gone. */
  end(): void;
}

/** A screen. Everything it shows is spelled out first, so nothing it is given commands the terminal. */
export interface Screen {
  /** A line that stays. */
  line(...pieces: readonly Piece[]): void;
  /** More of a text that grows. Line breaks are kept. */
  stream(text: string): void;
  /** Ends the text that grows. */
  endStream(): void;
  /** What is going on, in a few words. */
  status(text: string): void;
  /** Puts back into the line what could not be sent. */
  restore(text: string): void;
  /** Begins to hear. */
  open(hearer: ScreenHearer): void;
  /** Gives the terminal back. */
  close(): void;
}
