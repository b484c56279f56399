/**
 * Finds pieces of guarded texts in other text, in one pass however many are guarded.
 *
 * Every guarded text is known by its grams, runs of eight characters, in each of its spellings:
 * plain, hex, and base64 at any offset. A gram that is met says which characters of which secret
 * are being told; pieces add up, whatever stands between them.
 *
 * @module
 */
import type { Guarded } from './guarded.ts';
import { type Skeleton, skeletonOf } from './skeleton.ts';

/** Characters of a gram: shorter pieces are not seen. */
export const GRAM = 8;
/** Shorter beginnings of a gram are not told from ordinary text. */
export const OPENING = 4;

/** Which characters of which secrets are told. */
export type Told = Map<Guarded, Uint8Array>;

/** A stretch of a text that is a piece of a secret; the end is behind its last character. */
export interface Piece {
  readonly guarded: Guarded;
  readonly start: number;
  end: number;
}

/** One way to write a guarded text. */
interface Spelling {
  readonly guarded: Guarded;
  readonly codes: Uint16Array;
  /** For each character, the one of the guarded text it belongs to. */
  readonly tells: Int32Array;
}

interface Place {
  readonly spelling: Spelling;
  readonly offset: number;
}

const BASE = 0x0100_0193;
const TOP = power(BASE, GRAM - 1);
/** Bits of the filter for each gram: three of a hundred grams of other text pass it. */
const BITS_PER_GRAM = 32;
/** A gram that occurs more often belongs to a text that repeats itself. */
const MOST_PLACES = 16;

/** The grams of all guarded texts. */
export class FragmentIndex {
  readonly #places = new Map<number, Place[]>();
  readonly #filter: Uint32Array;
  readonly #mask: number;
  readonly #openings: Uint32Array;
  /** Texts of so few countable characters that they are looked for as they are. */
  readonly #literals: readonly Guarded[];

  constructor(guarded: readonly Guarded[]) {
    this.#literals = guarded.filter(({ length }) => length < GRAM);
    const spellings = guarded.filter(({ length }) => length >= GRAM).flatMap(spellingsOf);
    const grams = spellings.reduce((sum, { codes }) => sum + codes.length, 0);
    const bits = Math.max(2 ** 16, 2 ** Math.ceil(Math.log2(grams * BITS_PER_GRAM + 1)));
    this.#filter = new Uint32Array(bits / 32);
    this.#openings = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
    for (const spelling of spellings) this.#add(spelling);
  }

  /** True when nothing is guarded. */
  get isEmpty(): boolean {
    return this.#places.size === 0 && this.#literals.length === 0;
  }

  /** The pieces of secrets in a text, by position in its skeleton. Adds what they tell to `told`. */
  find({ codes, length }: Skeleton, told: Told): readonly Piece[] {
    const pieces: Piece[] = [];
    let hash = 0;
    for (let index = 0; index < length; index += 1) {
      const code = codes[index] ?? 0;
      if (index >= GRAM) hash = (hash - Math.imul(codes[index - GRAM] ?? 0, TOP)) | 0;
      hash = (Math.imul(hash, BASE) + code) | 0;
      if (index < GRAM - 1 || !this.#mayBeGram(hash)) continue;
      for (const place of this.#places.get(hash) ?? []) {
        const start = index - GRAM + 1;
        if (isGram(place, codes, start)) meet(place, start, pieces, told);
      }
    }
    return pieces;
  }

  /** Whether a text as it stands holds one of the texts that have no grams. */
  findLiterals(text: string): readonly Guarded[] {
    return this.#literals.filter((guarded) => text.includes(guarded.text));
  }

  /** Whether a gram may begin with what stands from `start` to the end. */
  mayOpen({ codes, length }: Skeleton, start: number): boolean {
    return isSet(this.#openings, this.#bitOf(hashOf(codes, start, length)));
  }

  #add(spelling: Spelling): void {
    const { codes } = spelling;
    for (let offset = 0; offset + GRAM <= codes.length; offset += 1) {
      const hash = hashOf(codes, offset, offset + GRAM);
      set(this.#filter, this.#bitOf(hash));
      const places = this.#places.get(hash) ?? [];
      if (places.length < MOST_PLACES) places.push({ spelling, offset });
      this.#places.set(hash, places);
      for (let size = OPENING; size < GRAM; size += 1) {
        set(this.#openings, this.#bitOf(hashOf(codes, offset, offset + size)));
      }
    }
  }

  #mayBeGram(hash: number): boolean {
    return isSet(this.#filter, this.#bitOf(hash));
  }

  #bitOf(hash: number): number {
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
    return (mixed ^ (mixed >>> 13)) & this.#mask;
  }
}

/** The secrets of which `told` holds enough, of those that are told about in it. */
export function enoughOf(told: Told, before?: Told): readonly Guarded[] {
  return [...told].flatMap(([guarded, now]) => {
    const earlier = before?.get(guarded);
    let count = 0;
    for (let index = 0; index < now.length; index += 1) {
      count += (now[index] ?? 0) | (earlier?.[index] ?? 0);
    }
    return count >= guarded.enough ? [guarded] : [];
  });
}

/** Adds what one text told to what was told before. */
export function addTold(before: Told, told: Told): void {
  for (const [guarded, now] of told) {
    const sum = before.get(guarded) ?? new Uint8Array(guarded.length);
    for (let index = 0; index < now.length; index += 1) if (now[index] === 1) sum[index] = 1;
    before.set(guarded, sum);
  }
}

function meet({ spelling, offset }: Place, start: number, pieces: Piece[], told: Told): void {
  const { guarded, tells } = spelling;
  const marks = told.get(guarded) ?? new Uint8Array(guarded.length);
  told.set(guarded, marks);
  marks.fill(1, tells[offset] ?? 0, (tells[offset + GRAM - 1] ?? 0) + 1);
  const last = pieces.at(-1);
  if (last?.guarded === guarded && start <= last.end) last.end = start + GRAM;
  else pieces.push({ guarded, start, end: start + GRAM });
}

function isGram({ spelling, offset }: Place, codes: Uint16Array, start: number): boolean {
  for (let step = 0; step < GRAM; step += 1) {
    if (spelling.codes[offset + step] !== codes[start + step]) return false;
  }
  return true;
}

function spellingsOf(guarded: Guarded): readonly Spelling[] {
  const plain = skeletonOf(guarded.text);
  const bytes = Buffer.from(guarded.text, 'utf8');
  const ofBytes = characterOfByte(guarded.text, plain);
  const spelled = (text: string, byteOf: (index: number) => number): Spelling => {
    const skeleton = skeletonOf(text);
    const tells = Int32Array.from({ length: skeleton.length }, (_, index) => {
      const byte = Math.min(Math.max(0, byteOf(skeleton.at[index] ?? 0)), bytes.length - 1);
      return ofBytes[byte] ?? 0;
    });
    return { guarded, codes: skeleton.codes.slice(0, skeleton.length), tells };
  };
  return [
    {
      guarded,
      codes: plain.codes.slice(0, plain.length),
      tells: Int32Array.from({ length: plain.length }, (_, index) => index),
    },
    spelled(bytes.toString('hex'), (index) => index >> 1),
    ...[0, 1, 2].map((offset) => {
      const { text, lead } = base64At(bytes, offset);
      return spelled(text, (index) => Math.floor(((index + lead) * 3) / 4) - offset);
    }),
  ];
}

/** What of a text is sure to stand in base64 of anything that holds it, by its offset in that. */
function base64At(bytes: Buffer, offset: number): { readonly text: string; readonly lead: number } {
  const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
  // The first characters mix with what stands before, the last group with what follows.
  const lead = offset === 0 ? 0 : offset + 1;
  const whole = shifted.toString('base64').slice(lead);
  return { text: whole.replace(/.{0,3}=*$/u, ''), lead };
}

/** For each byte of a text, the character of its skeleton that it is or comes after. */
function characterOfByte(text: string, { at, length }: Skeleton): Int32Array {
  const map = new Int32Array(Buffer.byteLength(text, 'utf8'));
  let byte = 0;
  let counted = 0;
  for (let index = 0; index < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
    while (counted < length && (at[counted] ?? 0) < index) counted += 1;
    const size = Buffer.byteLength(character, 'utf8');
    map.fill(Math.min(counted, Math.max(0, length - 1)), byte, byte + size);
    byte += size;
    index += character.length;
  }
  return map;
}

function hashOf(codes: Uint16Array, start: number, end: number): number {
  let hash = 0;
  for (let index = start; index < end; index += 1) {
    hash = (Math.imul(hash, BASE) + (codes[index] ?? 0)) | 0;
  }
  return hash;
}

function set(bits: Uint32Array, bit: number): void {
  bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
}

function isSet(bits: Uint32Array, bit: number): boolean {
  return ((bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let step = 0; step < exponent; step += 1) result = Math.imul(result, base);
  return result;
}
