/**
 * Puts a request into the words of the AI SDK.
 *
 * Images travel as bytes, never as text: the SDK would take text that looks like a URL for one,
 * and fetch it.
 *
 * @module
 */
import type { ContentPart, ModelMessage, ModelRequest } from '@portcullis/core';
import type {
  AssistantModelMessage,
  ModelMessage as SdkMessage,
  ToolModelMessage,
  UserModelMessage,
} from 'ai';

function userPart(part: ContentPart): Exclude<UserModelMessage['content'], string> {
  if (part.type === 'text' && part.text !== '') return [{ type: 'text', text: part.text }];
  if (part.type === 'image') {
    const bytes = Uint8Array.from(Buffer.from(part.data, 'base64'));
    return [{ type: 'file', mediaType: part.mimeType, data: { type: 'data', data: bytes } }];
  }
  return [];
}

function assistantPart(part: ContentPart): Exclude<AssistantModelMessage['content'], string> {
  if (part.type === 'text' && part.text !== '') return [{ type: 'text', text: part.text }];
  if (part.type === 'tool-call') {
    return [{ type: 'tool-call', toolCallId: part.id, toolName: part.name, input: part.input }];
  }
  return [];
}

function toolPart(part: ContentPart): ToolModelMessage['content'] {
  if (part.type !== 'tool-result') return [];
  const type = part.isError ? 'error-text' : 'text';
  return [
    {
      type: 'tool-result',
      toolCallId: part.id,
      toolName: part.name,
      output: { type, value: part.text },
    },
  ];
}

function sdkMessage(message: ModelMessage): SdkMessage {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.content.flatMap(userPart) };
    case 'assistant':
      return { role: 'assistant', content: message.content.flatMap(assistantPart) };
    case 'tool':
      return { role: 'tool', content: message.content.flatMap(toolPart) };
  }
}

/** The messages of a request. Parts a role cannot carry and messages without parts are left out. */
export function promptMessages(request: ModelRequest): SdkMessage[] {
  return request.messages.map(sdkMessage).filter((message) => message.content.length > 0);
}
