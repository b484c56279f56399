/**
 * Publishing through Tailscale.
 *
 * @module
 */
export { Publication, type PublishMode } from './publication.ts';
export { TailscaleProgram } from './program.ts';
export { type Tailnet, openTailnet } from './tailnet.ts';
