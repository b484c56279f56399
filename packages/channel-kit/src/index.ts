/**
 * What every chat network needs, for authors of Portcullis channels.
 *
 * @module
 */
export { accountBlocks, accountCheck, type ConfigBlock } from './audit.ts';
export { Backoff, type BackoffLimits, pause } from './backoff.ts';
export { beforeSending } from './before-sending.ts';
export { fetchCapped, type FetchLimits, readCapped } from './download.ts';
export { endpointFault, type EndpointRules, isLoopbackUrl } from './endpoint.ts';
export { errorField } from './error-field.ts';
export { fileName } from './file-name.ts';
export { Health } from './health.ts';
export {
  type BlankBlock,
  type Block,
  type FenceBlock,
  parseBlocks,
  type TextBlock,
} from './markdown/blocks.ts';
export { type Inline, parseInline, type Plain, type Span } from './markdown/inline.ts';
export { type Dialect, PLAIN_TEXT, renderMarkdown } from './markdown/render.ts';
export { splitMarkdown } from './markdown/split.ts';
