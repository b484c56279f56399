/**
 * What a tool answered, as text for the model. Pictures and sounds are named, not shown.
 *
 * @module
 */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { ToolResult } from '@portcullis/core';

/** Most UTF-16 units of one answer. */
const MOST_CHARS = 1_000_000;

type Part = CallToolResult['content'][number];

/** The answer as text. What a server says beside its text (`structuredContent`) stands in where there is none. */
export function textOf({ content, structuredContent, isError }: CallToolResult): ToolResult {
  const said = content.map(partText).join('\n');
  const text =
    said === '' && structuredContent !== undefined ? JSON.stringify(structuredContent) : said;
  return {
    text: text.slice(0, MOST_CHARS),
    ...(isError === true ? { isError } : {}),
  };
}

function partText(part: Part): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
    case 'audio':
      return `[${part.type} of ${String(bytesOf(part.data))} bytes, not shown]`;
    case 'resource':
      return 'text' in part.resource
        ? part.resource.text
        : `[resource of ${String(bytesOf(part.resource.blob))} bytes, not shown]`;
    case 'resource_link':
      return `[link to a resource: ${part.uri}]`;
  }
}

function bytesOf(base64: string): number {
  return Math.floor((base64.length * 3) / 4);
}
