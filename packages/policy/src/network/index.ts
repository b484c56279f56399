/**
 * The network: which addresses a tool may reach.
 *
 * @module
 */
export { type AddressClass, classifyAddress } from './address.ts';
export { type NetInput, type NetValue, decideNet } from './decide.ts';
export type { NetTool } from './ssrf-policy.ts';
