/**
 * Parts of messages without the secrets of this gateway.
 *
 * @module
 */
import type { EgressGuard } from '../egress/guard.ts';
import type { TranscriptPart } from '../services.ts';

/** A part as it may be kept, shown and given to a model: the same one when it tells no secret. */
export function withoutSecret(egress: EgressGuard, part: TranscriptPart): TranscriptPart {
  switch (part.type) {
    case 'text':
    case 'toolResult': {
      const text = egress.redact(part.text);
      return text === part.text ? part : { ...part, text };
    }
    case 'toolCall': {
      const input = egress.redactJson(part.input);
      return input === part.input ? part : { ...part, input };
    }
    case 'image':
      return part;
  }
}
