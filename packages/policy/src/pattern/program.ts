/**
 * Turns a parsed pattern into a small machine and runs it over a text.
 *
 * All states the machine could be in are followed at once, one character at a time (Thompson's
 * construction), so the time is at most states x characters whatever the pattern and the text are.
 * There is nothing to backtrack into.
 *
 * @module
 */
import { type CharacterSet, contains, foldCase, isAnyWord, isAsciiWord } from './character.ts';
import type { Assertion, Node } from './syntax.ts';

type Instruction =
  | { readonly op: 'literal'; readonly character: string }
  | { readonly op: 'set'; readonly set: CharacterSet }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { op: 'fork'; left: number; right: number }
  | { op: 'jump'; to: number }
  | { readonly op: 'match' };

/** A pattern ready to run. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly ignoreCase: boolean;
}

/** The bound that makes the running time of a pattern a constant per character. */
const MAX_INSTRUCTIONS = 2000;

/** Assembles `node`. Throws a RangeError when the machine would be too large. */
export function assemble(node: Node, ignoreCase: boolean): Program {
  const instructions: Instruction[] = [];
  emit(instructions, node, ignoreCase);
  instructions.push({ op: 'match' });
  return { instructions, ignoreCase };
}

function push<One extends Instruction>(instructions: Instruction[], instruction: One): One {
  if (instructions.length >= MAX_INSTRUCTIONS) throw new RangeError('too large a machine');
  instructions.push(instruction);
  return instruction;
}

function emit(instructions: Instruction[], node: Node, ignoreCase: boolean): void {
  switch (node.type) {
    case 'literal': {
      const character = ignoreCase ? foldCase(node.character) : node.character;
      push(instructions, { op: 'literal', character });
      return;
    }
    case 'set':
      push(instructions, { op: 'set', set: node.set });
      return;
    case 'assert':
      push(instructions, { op: 'assert', what: node.what });
      return;
    case 'sequence':
      for (const part of node.parts) emit(instructions, part, ignoreCase);
      return;
    case 'choice':
      emitChoice(instructions, node.options, ignoreCase);
      return;
    case 'repeat':
      emitRepeat(instructions, node, ignoreCase);
  }
}

function emitChoice(
  instructions: Instruction[],
  options: readonly Node[],
  ignoreCase: boolean,
): void {
  const jumps: { op: 'jump'; to: number }[] = [];
  options.forEach((option, index) => {
    if (index === options.length - 1) {
      emit(instructions, option, ignoreCase);
      return;
    }
    const fork = push(instructions, { op: 'fork', left: instructions.length + 1, right: 0 });
    emit(instructions, option, ignoreCase);
    jumps.push(push(instructions, { op: 'jump', to: 0 }));
    fork.right = instructions.length;
  });
  for (const jump of jumps) jump.to = instructions.length;
}

function emitRepeat(
  instructions: Instruction[],
  node: Extract<Node, { type: 'repeat' }>,
  ignoreCase: boolean,
): void {
  for (let count = 0; count < node.min; count += 1) {
    const before = instructions.length;
    emit(instructions, node.body, ignoreCase);
    // A body that needs no instruction needs none however often it is repeated.
    if (instructions.length === before) break;
  }
  if (node.max === Infinity) {
    const start = instructions.length;
    const fork = push(instructions, { op: 'fork', left: start + 1, right: 0 });
    emit(instructions, node.body, ignoreCase);
    push(instructions, { op: 'jump', to: start });
    fork.right = instructions.length;
    return;
  }
  const forks: { op: 'fork'; left: number; right: number }[] = [];
  for (let count = node.min; count < node.max; count += 1) {
    forks.push(push(instructions, { op: 'fork', left: instructions.length + 1, right: 0 }));
    emit(instructions, node.body, ignoreCase);
  }
  for (const fork of forks) fork.right = instructions.length;
}

/** Whether the pattern matches anywhere in `text`. */
export function run(program: Program, text: string): boolean {
  const characters = [...text];
  let current: number[] = [];
  let upcoming: number[] = [];
  const seenAt = new Int32Array(program.instructions.length).fill(-1);
  for (let at = 0; at <= characters.length; at += 1) {
    // Starting afresh at every character is what makes the search unanchored.
    if (enter(program, 0, at, characters, seenAt, current)) return true;
    const character = characters[at];
    if (character === undefined) return false;
    for (const state of current) {
      const instruction = program.instructions[state];
      if (
        instruction !== undefined &&
        consumes(instruction, character, program.ignoreCase) &&
        enter(program, state + 1, at + 1, characters, seenAt, upcoming)
      ) {
        return true;
      }
    }
    [current, upcoming] = [upcoming, []];
  }
  return false;
}

function consumes(instruction: Instruction, character: string, ignoreCase: boolean): boolean {
  if (instruction.op === 'literal') {
    return instruction.character === (ignoreCase ? foldCase(character) : character);
  }
  return instruction.op === 'set' && contains(instruction.set, character, ignoreCase);
}

/**
 * Adds `start` and every state reachable from it without a character to `states`. True when the
 * pattern has matched. Each state is entered once per position, which bounds the work.
 */
function enter(
  program: Program,
  start: number,
  at: number,
  characters: readonly string[],
  seenAt: Int32Array,
  states: number[],
): boolean {
  const waiting = [start];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (seenAt[state] === at) continue;
    seenAt[state] = at;
    const instruction = program.instructions[state];
    switch (instruction?.op) {
      case 'match':
        return true;
      case 'jump':
        waiting.push(instruction.to);
        break;
      case 'fork':
        waiting.push(instruction.right, instruction.left);
        break;
      case 'assert':
        if (holds(instruction.what, characters, at)) waiting.push(state + 1);
        break;
      default:
        states.push(state);
    }
  }
  return false;
}

function holds(what: Assertion, characters: readonly string[], at: number): boolean {
  const before = characters[at - 1];
  const after = characters[at];
  switch (what) {
    case 'start':
      return at === 0;
    case 'end':
      return at === characters.length;
    case 'boundary':
      return isAsciiWord(before) !== isAsciiWord(after);
    case 'not-boundary':
      return isAsciiWord(before) === isAsciiWord(after);
    case 'word-edge':
      return isAnyWord(before) !== isAnyWord(after);
  }
}
