/**
 * Commands about what the agent is to do later.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { JSON_OPTION, limitOption } from './option.ts';

const JOB_ARGUMENT = { name: 'id', summary: 'The job, as "openclaw cron list" shows it.' };
const EXAMPLE_ID = '7d1f0c52-6a3e-4b58-9c40-2f6e8b1d9a07';

function text(name: string, value: string, summary: string): OptionSpec {
  return { name, type: 'text', value, summary };
}

function flag(name: string, summary: string): OptionSpec {
  return { name, type: 'flag', summary };
}

/** What a job is made of, beside its name. */
const JOB_OPTIONS: readonly OptionSpec[] = [
  text('at', 'WHEN', 'Once: ISO 8601 (UTC without an offset), or from now, as in 20m.'),
  text('every', 'DURATION', 'Again and again, as in 30m, 6h or 1d. At least a minute.'),
  text('cron', 'EXPR', 'At the times of a cron expression of five or six fields.'),
  text('tz', 'ZONE', 'Zone of the cron expression, as in Europe/Berlin (default UTC).'),
  text('message', 'TEXT', 'Prompt of a turn in a session of its own.'),
  text('system-event', 'TEXT', 'Text for the main session instead of --message.'),
  {
    ...text('session', 'TARGET', 'Where it runs; follows from --message or --system-event.'),
    choices: ['main', 'isolated'],
  },
  text('tools', 'LIST', 'The only tools the run may use, separated by commas.'),
  text('channel', 'CHANNEL', 'Channel of the receiver of the answer, with --to.'),
  text('to', 'ID', 'Receiver of the answer. Without it you, where you last wrote to the agent.'),
  text('account', 'ID', 'Which of our accounts sends (default "default").'),
  flag('announce', 'Send the answer. The default.'),
  flag('no-deliver', 'Keep the answer in the transcript.'),
  text('description', 'TEXT', 'A note about the job.'),
  {
    ...text('missed', 'WHAT', 'A time that passed while the gateway was off: "once" or "skip".'),
    choices: ['once', 'skip'],
  },
  flag('delete-after-run', 'Remove it after a run that went well. The default with --at.'),
  flag('keep-after-run', 'Keep it after its last run.'),
];

/** Commands about scheduled jobs. */
export const cronCommands: readonly CommandSpec[] = [
  {
    name: 'cron status',
    section: 'Conversations',
    summary: 'Show how the scheduler is doing.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw cron status', does: 'See when the next job runs.' }],
    load: async () => (await import('../commands/cron/look.ts')).cronStatus,
  },
  {
    name: 'cron list',
    aliases: ['cron ls'],
    section: 'Conversations',
    summary: 'Show what the agent is to do later.',
    options: [flag('all', 'Also those that are switched off.'), JSON_OPTION],
    examples: [{ command: 'openclaw cron list --all', does: 'See every job.' }],
    load: async () => (await import('../commands/cron/look.ts')).listJobs,
  },
  {
    name: 'cron add',
    aliases: ['cron create'],
    section: 'Conversations',
    summary: 'Have the agent do something later, once or again and again.',
    details: [
      'Give one of --at, --every and --cron, and one of --message and --system-event.',
      'A job has the tools its maker has, without those for owners only, and never more than that when it runs.',
      'It needs a running gateway.',
    ],
    options: [
      { ...text('name', 'NAME', 'What it is called.'), required: true },
      ...JOB_OPTIONS,
      text('agent', 'ID', 'Which agent does it (default: the default agent).'),
      flag('disabled', 'Make it, switched off.'),
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'openclaw cron add --name tea --at 20m --system-event Tea',
        does: 'Be reminded in 20 minutes.',
      },
      {
        command: 'openclaw cron add --name news --cron @daily --tz Europe/Berlin --message News?',
        does: 'Get an answer every night.',
      },
    ],
    load: async () => (await import('../commands/cron/change.ts')).addJob,
  },
  {
    name: 'cron edit',
    section: 'Conversations',
    summary: 'Change a job. Its rights are renewed: it is yours from then on.',
    arguments: [JOB_ARGUMENT],
    options: [text('name', 'NAME', 'What it is called.'), ...JOB_OPTIONS, JSON_OPTION],
    examples: [
      { command: `openclaw cron edit ${EXAMPLE_ID} --every 2h`, does: 'Run it less often.' },
    ],
    load: async () => (await import('../commands/cron/change.ts')).editJob,
  },
  {
    name: 'cron enable',
    section: 'Conversations',
    summary: 'Switch a job on.',
    arguments: [JOB_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: `openclaw cron enable ${EXAMPLE_ID}`, does: 'Let it run again.' }],
    load: async () => (await import('../commands/cron/change.ts')).enableJob,
  },
  {
    name: 'cron disable',
    section: 'Conversations',
    summary: 'Switch a job off.',
    arguments: [JOB_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: `openclaw cron disable ${EXAMPLE_ID}`, does: 'Keep it, unused.' }],
    load: async () => (await import('../commands/cron/change.ts')).disableJob,
  },
  {
    name: 'cron rm',
    aliases: ['cron remove'],
    section: 'Conversations',
    summary: 'Remove a job. A run in progress loses its rights.',
    arguments: [JOB_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: `openclaw cron rm ${EXAMPLE_ID}`, does: 'Forget it.' }],
    load: async () => (await import('../commands/cron/change.ts')).removeJob,
  },
  {
    name: 'cron run',
    section: 'Conversations',
    summary: 'Run a job now.',
    arguments: [JOB_ARGUMENT],
    options: [flag('due', 'Only if its time has come.'), JSON_OPTION],
    examples: [{ command: `openclaw cron run ${EXAMPLE_ID}`, does: 'Try it.' }],
    load: async () => (await import('../commands/cron/change.ts')).runJob,
  },
  {
    name: 'cron runs',
    section: 'Conversations',
    summary: 'Show runs that are over, newest first.',
    options: [text('id', 'ID', 'Only those of this job.'), limitOption(20, 200), JSON_OPTION],
    examples: [{ command: `openclaw cron runs --id ${EXAMPLE_ID}`, does: 'See how it went.' }],
    load: async () => (await import('../commands/cron/look.ts')).listRuns,
  },
];
