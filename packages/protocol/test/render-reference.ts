/** Writes the protocol reference from the schemas. */
import { z } from 'zod';

import * as protocol from '../src/index.ts';

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly not?: object;
  readonly $ref?: string;
}

function bounds({ minimum, maximum, minLength, maxLength, pattern }: Schema): string {
  const parts = [
    minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? `>= ${minimum}` : '',
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `<= ${maximum}` : '',
    minLength === 1 ? 'not empty' : '',
    maxLength === undefined ? '' : `at most ${maxLength} characters`,
    pattern === undefined ? '' : `like ${pattern}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function renderObject(schema: Schema, indent: string): string {
  const { properties = {}, required = [], additionalProperties: rest } = schema;
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, child]) => {
    const mark = required.includes(name) ? '' : '?';
    return `${inner}${name}${mark}: ${render(child, inner)}`;
  });
  if (rest !== false && rest !== undefined) {
    lines.push(`${inner}[name]: ${rest === true ? 'anything' : render(rest, inner)}`);
  }
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

function render(schema: Schema, indent = ''): string {
  if (schema.$ref !== undefined) return 'any JSON';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((each) => JSON.stringify(each)).join(' | ');
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return union.map((each) => render(each, indent)).join(' | ');
  if (schema.not !== undefined) return 'nothing';
  if (schema.type === 'array') {
    const item = render(schema.items ?? {}, indent);
    if (item === 'nothing') return '[] (always empty)';
    return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  if (schema.type === 'object') return renderObject(schema, indent);
  return schema.type === undefined ? 'anything' : `${schema.type}${bounds(schema)}`;
}

/** A schema as text. */
function typeText(schema: z.ZodType): string {
  return render(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as Schema);
}

function block(label: string, schema: z.ZodType): string {
  return `\`\`\`text\n${label} ${typeText(schema)}\n\`\`\``;
}

function needs(scope: string): string {
  return scope === 'none' ? 'Needs no scope.' : `Needs \`${scope}\`.`;
}

function methodText([name, spec]: readonly [string, protocol.MethodSpec]): string {
  return [
    `### \`${name}\``,
    `${spec.summary} ${needs(spec.scope)}`,
    block('params', spec.params),
    block('result', spec.result),
  ].join('\n\n');
}

function eventText([name, spec]: readonly [string, protocol.EventSpec]): string {
  return [
    `### \`${name}\``,
    `${spec.summary} ${needs(spec.scope)}`,
    block('payload', spec.payload),
  ].join('\n\n');
}

function numbers(table: Readonly<Record<string, number>>): string {
  return Object.entries(table)
    .map(([name, value]) => `- \`${name}\`: ${value.toLocaleString('en-US')}`)
    .join('\n');
}

const INTRO = `# Protocol reference

The gateway speaks JSON over one WebSocket: requests from the client, responses and events from the
gateway, one object in each text message. It is version ${protocol.PROTOCOL_VERSION} of the OpenClaw gateway protocol;
clients written for OpenClaw connect unchanged. This page is made from the schemas that check every
message.

A question mark marks what may be absent. Objects are closed: an unknown property is refused.
Methods without parameters may leave \`params\` out.`;

const HANDSHAKE = `## Handshake

The gateway sends the event \`connect.challenge\` first. The client's first request is \`connect\`; its
answer is hello-ok. Credentials travel in \`connect\` and nowhere else, never in a URL.`;

const HTTP = `## HTTP

The same port answers HTTP. \`Host\` must name the gateway (421 otherwise), a forwarding header must
come from a listed proxy (403), a web page that posts or opens a WebSocket must be allowed (403). A
route that is off is not there (404). Who asks is checked before a byte of the body is read; bodies
are JSON (415), at most 2 MB (413), and their objects are closed (400).

| Route                                       | Scope                           |                                                                               |
| ------------------------------------------- | ------------------------------- | ----------------------------------------------------------------------------- |
| \`GET /health\`, \`/healthz\`                   |                                 | \`{"ok":true,"status":"live"}\`                                                 |
| \`GET /ready\`, \`/readyz\`                     |                                 | 200 or 503 with \`{"ready":...}\`; what is missing is told to this machine only |
| \`GET /control-ui-config.json\`               | \`operator.read\`                 | What the page needs to know                                                   |
| \`GET /metrics\`                              | \`operator.read\`                 | Prometheus text; off unless \`gateway.http.metrics.enabled\`                    |
| \`GET /v1/models\`                            | \`operator.read\`                 | The agents as models; on where one of the next two is                         |
| \`POST /v1/chat/completions\`                 | \`operator.write\`                | Off unless \`gateway.http.endpoints.chatCompletions.enabled\`                   |
| \`POST /v1/responses\`                        | \`operator.write\`                | Off unless \`gateway.http.endpoints.responses.enabled\`                         |
| \`POST /tools/invoke\`                        | \`operator.write\`                | One call of one tool                                                          |
| \`POST /hooks/<path>\`                        | a token or signature of its own | Webhooks; off unless \`hooks.enabled\`                                          |
| \`POST /channels/<channel>/<account>/<path>\` | the channel's                   | Webhooks of the channels, at most 1 MB                                        |
| \`GET\` of anything else                      |                                 | The Control UI, where it is served                                            |

A scope is shown with \`Authorization: Bearer <token>\`: the gateway's secret (\`operator.read\`,
\`operator.write\`) or one of \`gateway.http.tokens\`. A token in the address is refused (400). Unknown
paths below \`/api\`, \`/v1\`, \`/hooks\`, \`/tools\`, \`/metrics\` and \`/channels\` are 404.

### \`POST /v1/chat/completions\`

${block('body', protocol.chatCompletionRequestSchema)}

### \`POST /v1/responses\`

${block('body', protocol.responsesRequestSchema)}

### \`POST /tools/invoke\`

${block('body', protocol.invokeRequestSchema)}`;

/** The whole page. */
export function renderReference(): string {
  const parts = [
    INTRO,
    '## Frames',
    block('request', protocol.requestFrameSchema),
    block('response', protocol.responseFrameSchema),
    block('event', protocol.eventFrameSchema),
    HANDSHAKE,
    block('connect.challenge', protocol.challengeSchema),
    block('connect', protocol.connectParamsSchema),
    block('hello-ok', protocol.helloOkSchema),
    '## Scopes',
    'Admin implies every scope, write implies read. A scope is checked before the parameters.',
    protocol.SCOPES.map((scope) => `- \`${scope}\``).join('\n'),
    '## Methods',
    ...Object.entries(protocol.METHODS).map(methodText),
    '## Events',
    'An event reaches the connections that hold its scope. `seq` counts them per connection, from 1,\nwithout holes.',
    ...Object.entries(protocol.EVENTS).map(eventText),
    HTTP,
    '## Error codes',
    `\`error.code\` is one of ${protocol.ERROR_CODES.map((code) => `\`${code}\``).join(', ')}. A refused\nhandshake says more in \`error.details.code\`:`,
    protocol.CONNECT_ERROR_CODES.map((code) => `- \`${code}\``).join('\n'),
    '## Limits',
    'Bytes and milliseconds.',
    numbers(protocol.LIMITS),
    '## Close codes',
    numbers(protocol.CLOSE),
  ];
  return `${parts.join('\n\n')}\n`;
}
