/**
 * Capabilities: what a run that somebody else started may do at most.
 *
 * A capability is a chain of blocks. The first is made with the gateway's key; every further one is
 * added by whoever holds the chain, without the key, and can only narrow it. The code over the chain
 * is that of the last block alone: each block's code is the key of the next, so that a block can be
 * added but none taken away. Whether one is genuine, in force and not taken back is found out from
 * the chain, the key and the list of revoked ids, without asking anybody.
 *
 * @module
 */
import type { Decision, TrustClass } from '@portcullis/core';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../digest.ts';
import { sameSecret } from '../exposure/secret.ts';
import { readTrust, taintOf } from '../flow/label.ts';
import { InvalidSetting, isObject, own } from '../setting.ts';
import { canonicalTool } from '../tools/names.ts';
import { total } from '../verdict.ts';
import { verdict } from './reasons.ts';

/** One step of a capability: who hands what on to whom. */
export interface CapabilityBlock {
  /** 128 random bits, hex. Revoking it revokes everything made from it. */
  readonly id: string;
  /** Who may use it: `subagent:<session key>`, `cron:<job id>`, `hook:<hook id>`. */
  readonly holder: string;
  /** Principal id of who hands it on. */
  readonly issuer: string;
  /** Trust of the issuer when it was made: the bearer never counts for more. */
  readonly trust: TrustClass;
  /** Names of the tools. Empty means none. */
  readonly tools: readonly string[];
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  /** Milliseconds since 1970, exclusive. */
  readonly expiresAt: number;
  /** Where the issuer stood: facts of the caller's own, JSON, signed with the rest. */
  readonly scope?: unknown;
}

/** A capability as it is stored and handed on. Not a secret between parts of one gateway. */
export interface Capability {
  readonly v: 1;
  /** First the one made with the key. */
  readonly blocks: readonly CapabilityBlock[];
  /** Hex HMAC-SHA256. */
  readonly mac: string;
}

/** What a genuine capability lets its bearer do. */
export interface CapabilityRights {
  readonly holder: string;
  readonly trust: TrustClass;
  /** Canonical names. */
  readonly tools: ReadonlySet<string>;
  readonly expiresAt: number;
  /** How many blocks there are: 1 for what a person's own run started. */
  readonly depth: number;
  /** Scopes of the blocks that have one, the first block's first. */
  readonly scopes: readonly unknown[];
}

/** Under which circumstances a capability is shown. */
export interface CapabilityUse {
  /** Who shows it. */
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly revoked: ReadonlySet<string>;
  /** What it is shown for: a tool's name. Default: nothing in particular. */
  readonly tool?: string;
}

/** A decision about a capability; an allow brings what it lets do. */
export type CapabilityDecision = Decision & { readonly value?: CapabilityRights };

/** Blocks a chain may have: more than any depth of sub-agents that makes sense. */
const MAX_BLOCKS = 16;
const MAX_TOOLS = 1000;
const ID = /^[0-9a-f]{32}$/;
const MAC = /^[0-9a-f]{64}$/;
const PATH = '<capability>';

/** Makes a capability with the gateway's key, of at least 32 octets. Throws `RangeError` for a shorter one. */
export function mintCapability(key: Uint8Array, block: CapabilityBlock): Capability {
  if (key.length < 32) throw new RangeError('The key of capabilities is too short.');
  return { v: 1, blocks: [block], mac: codeOf(key, block) };
}

/**
 * Hands a capability on, narrowed. The `value` of an allow is the new one; what is wider than its
 * parent in tools, time or trust is denied with `capability.exceeds_parent`.
 */
export function attenuateCapability(
  parent: Capability,
  block: CapabilityBlock,
): Decision & { readonly value?: Capability } {
  return total(() => {
    const { blocks, mac } = readCapability(parent);
    const last = blocks.at(-1);
    if (last === undefined || !MAC.test(mac)) return verdict.deny('capability.invalid', PATH);
    if (blocks.length >= MAX_BLOCKS || !isNarrower(readBlock(block), last)) {
      return verdict.deny('capability.exceeds_parent', PATH);
    }
    const value: Capability = {
      v: 1,
      blocks: [...blocks, block],
      mac: codeOf(hexToBytes(mac), block),
    };
    return verdict.allow('capability.narrowed', PATH, { value });
  }) as Decision & { readonly value?: Capability };
}

/** Whether `capability` is genuine, its bearer's, in force and not taken back. Total. */
export function verifyCapability(
  key: Uint8Array,
  capability: unknown,
  use: CapabilityUse,
): CapabilityDecision {
  return total(() => {
    const refusal = refuse(key, capability, use);
    if (refusal !== undefined) return verdict.deny(refusal, PATH);
    const { blocks } = readCapability(capability);
    const last = blocks.at(-1);
    if (last === undefined) return verdict.deny('capability.invalid', PATH);
    const value: CapabilityRights = {
      holder: last.holder,
      trust: last.trust,
      tools: new Set(last.tools.map(canonicalTool)),
      expiresAt: last.expiresAt,
      depth: blocks.length,
      scopes: blocks.flatMap(({ scope }) => (scope === undefined ? [] : [scope])),
    };
    return use.tool === undefined || value.tools.has(canonicalTool(use.tool))
      ? verdict.allow('capability.ok', PATH, { value })
      : verdict.deny('capability.exceeds_parent', PATH);
  }) as CapabilityDecision;
}

type Refusal =
  | 'capability.invalid'
  | 'capability.expired'
  | 'capability.revoked'
  | 'capability.exceeds_parent';

function refuse(key: Uint8Array, capability: unknown, use: CapabilityUse): Refusal | undefined {
  if (key.length < 32 || !Number.isFinite(use.now)) return 'capability.invalid';
  let blocks: readonly CapabilityBlock[];
  let mac: string;
  try {
    ({ blocks, mac } = readCapability(capability));
  } catch (error) {
    if (error instanceof InvalidSetting) return 'capability.invalid';
    throw error;
  }
  let code = key;
  for (const block of blocks) code = hexToBytes(codeOf(code, block));
  const genuine = sameSecret(bytesToHex(code), mac);
  if (!genuine || blocks.at(-1)?.holder !== use.holder) return 'capability.invalid';
  if (blocks.some(({ id }) => use.revoked.has(id))) return 'capability.revoked';
  // The last block expires first; one from the future was made by a clock nobody should believe.
  if (blocks.some(({ expiresAt }) => expiresAt <= use.now)) return 'capability.expired';
  const wider = blocks.some((block, index) => {
    const parent = blocks[index - 1];
    return parent !== undefined && !isNarrower(block, parent);
  });
  return wider ? 'capability.exceeds_parent' : undefined;
}

function codeOf(key: Uint8Array, block: CapabilityBlock): string {
  const text = canonicalJson(['portcullis.capability', 1, block]);
  return bytesToHex(hmac(sha256, key, utf8ToBytes(text)));
}

function isNarrower(block: CapabilityBlock, parent: CapabilityBlock): boolean {
  const reach = new Set(parent.tools.map(canonicalTool));
  return (
    block.expiresAt <= parent.expiresAt &&
    taintOf(block.trust) >= taintOf(parent.trust) &&
    block.tools.every((tool) => reach.has(canonicalTool(tool)))
  );
}

function readCapability(value: unknown): Capability {
  const blocks = own(value, 'blocks');
  const mac = own(value, 'mac');
  const sound =
    own(value, 'v') === 1 &&
    Array.isArray(blocks) &&
    blocks.length > 0 &&
    blocks.length <= MAX_BLOCKS &&
    typeof mac === 'string' &&
    MAC.test(mac);
  if (!sound) throw new InvalidSetting(PATH);
  return { v: 1, blocks: blocks.map((each: unknown) => readBlock(each)), mac };
}

/** The block itself, not a copy of known fields: its code covers every field it has. */
function readBlock(value: unknown): CapabilityBlock {
  const text = (key: string): boolean => {
    const found = own(value, key);
    return typeof found === 'string' && found !== '' && found.length <= 4096;
  };
  const time = (key: string): boolean => Number.isSafeInteger(own(value, key));
  const id = own(value, 'id');
  const tools = own(value, 'tools');
  const sound =
    isObject(value) &&
    typeof id === 'string' &&
    ID.test(id) &&
    text('holder') &&
    text('issuer') &&
    own(value, 'trust') === readTrust(own(value, 'trust')) &&
    time('issuedAt') &&
    time('expiresAt') &&
    Array.isArray(tools) &&
    tools.length <= MAX_TOOLS &&
    tools.every((tool) => typeof tool === 'string' && tool !== '');
  if (!sound) throw new InvalidSetting(PATH);
  return value as unknown as CapabilityBlock;
}
