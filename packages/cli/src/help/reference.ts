/**
 * The reference page of the command line, made from the table of commands.
 *
 * @module
 */
import { type CommandSpec, type OptionSpec, SECTIONS } from '../command.ts';
import { GLOBAL_OPTIONS } from '../parse/global-options.ts';
import { optionForm, usageOf } from './usage.ts';

const INTRODUCTION = `<!-- Made from packages/cli/src/commands.ts by packages/cli/test/reference.test.ts. -->

# openclaw

The command line of Portcullis. \`openclaw help <command>\` shows the same on the terminal.

Commands talk to the running gateway. Where none runs, those that look at stored state open it
themselves; those that need a live gateway say so.
`;

const EXIT_CODES = `## Exit codes

- \`0\`: done.
- \`1\`: not done, or the answer is no. What was wrong stands on stderr, as \`Error: <what> [<code>]\`
  with a line on what to do next, or with \`--json\` on stdout, as
  \`{ "ok": false, "error": { "code", "message", "hint" } }\`. The codes are in
  [errors.md](errors.md).
- \`2\`: \`policy diff\` found that the second config opens something.
- \`130\`, \`143\`: ended by Ctrl-C or by SIGTERM before it was done. The gateway itself, \`logs --follow\`
  and others that run until they are stopped end with \`0\`.
`;

const OUTPUT = `## Output

- Answers are on stdout, remarks and errors on stderr.
- Nothing waits for a person who is not there: without a terminal a question is an error that names the
  option to answer it with.
- \`--json\` prints one JSON document on stdout, whether it went well or not; commands that tell things as they
  come print one a line. Fields may be added to a document, never renamed within a major version.
- Colours and progress are for terminals only; \`NO_COLOR\`, \`TERM=dumb\` and \`--no-color\` switch colours off.
- Control characters, escape sequences and direction overrides in names, messages and errors are
  spelled out (\`\\x1b\`), so that nothing anybody writes can command your terminal.
`;

const ENVIRONMENT = `## Environment

- \`OPENCLAW_HOME\`, \`OPENCLAW_STATE_DIR\`, \`OPENCLAW_CONFIG_PATH\`: where home, state and config are.
- \`OPENCLAW_PROFILE\`: the same as \`--profile\`.
- \`OPENCLAW_GATEWAY_PORT\`, \`OPENCLAW_GATEWAY_TOKEN\`, \`OPENCLAW_GATEWAY_PASSWORD\`: port and secrets of the
  gateway, where the config has none.
- \`OPENCLAW_GATEWAY_URL\`: a gateway to talk to instead of that of the config, with the two secrets above and
  no others.
- \`OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1\`: lets a command talk to a gateway of a private network over \`ws://\`,
  where others can read the secret.
- \`OPENCLAW_DEBUG=1\`: shows where in the program a fault of the program itself happened.
`;

function options(title: string, list: readonly OptionSpec[]): readonly string[] {
  if (list.length === 0) return [];
  return [title, '', ...list.map((each) => `- \`${optionForm(each)}\`: ${each.summary}`), ''];
}

function section(command: CommandSpec): string {
  const { name, aliases = [], summary, details = [], examples } = command;
  const words = (command.arguments ?? []).map((each) => `- \`${each.name}\`: ${each.summary}`);
  return [
    `### ${name}`,
    '',
    summary,
    '',
    '```text',
    usageOf(command),
    '```',
    '',
    ...(aliases.length === 0 ? [] : [`Also: \`openclaw ${aliases.join('`, `openclaw ')}\`.`, '']),
    ...details.flatMap((paragraph) => [paragraph, '']),
    ...(words.length === 0 ? [] : ['Arguments:', '', ...words, '']),
    ...options('Options:', command.options ?? []),
    '```sh',
    ...examples.map((each) => `${each.command} # ${each.does}`),
    '```',
    '',
  ].join('\n');
}

/** The whole page, as Markdown. */
export function referencePage(commands: readonly CommandSpec[]): string {
  const sections = SECTIONS.map((title) => {
    const members = commands.filter((each) => each.section === title);
    return [`## ${title}`, '', ...members.map(section)].join('\n');
  });
  const everywhere = options('## Options of every command', GLOBAL_OPTIONS).join('\n');
  return [INTRODUCTION, ...sections, everywhere, OUTPUT, EXIT_CODES, ENVIRONMENT].join('\n');
}
