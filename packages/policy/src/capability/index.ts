/**
 * What may be handed on to something that acts later or elsewhere: narrower, for a time, revocable.
 *
 * @module
 */
export {
  type Capability,
  type CapabilityBlock,
  type CapabilityDecision,
  type CapabilityRights,
  type CapabilityUse,
  attenuateCapability,
  mintCapability,
  verifyCapability,
} from './capability.ts';
