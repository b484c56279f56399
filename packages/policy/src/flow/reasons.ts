/**
 * The codes of information flow, each with its one sentence.
 *
 * @module
 */
import { verdictsFrom, type Verdicts } from '../verdict.ts';

/** Every code this area answers with. */
export const flowReasons = {
  'flow.ok': 'Nothing private goes where it should not, and nobody untrusted steers this.',
  'flow.off': 'Information flow is not watched.',
  'flow.warned': 'Information flow would have stopped this; the setting says to note it only.',
  'flow.reply.exfil':
    'Private data would be read by others, in a session that untrusted text steers.',
  'flow.reply.private': 'Private data would be read by others.',
  'flow.reply.urls_defanged':
    'The reply holds a link that no trusted person wrote; it is made inert.',
  'flow.message.named': 'The owner named every receiver.',
  'flow.message.exfil_denied': 'Untrusted text would send private data away.',
  'flow.message.private': 'Private data would be sent to others.',
  'flow.message.untrusted': 'A session that untrusted text steers would write to somebody.',
  'flow.message.not_owner':
    'Somebody other than the owner would make the assistant write to others.',
  'flow.web.exfil': 'A URL that no person wrote could carry private data away.',
  'flow.web.secret': 'A URL that no person wrote could carry a secret away.',
  'flow.web.requester': 'The session knows what the requester may not know.',
  'flow.web.write_denied': 'Untrusted text would publish private data.',
  'flow.web.write': 'Something would be changed or published outside.',
  'flow.write.named': 'The owner named where this goes.',
  'flow.exec.untrusted_denied': 'Text from outside would run a command.',
  'flow.exec.untrusted': 'A session that untrusted text steers would run a command.',
  'flow.fs.labelled': 'The file keeps the label of the session.',
  'flow.fs.persistent': 'The file would steer later sessions.',
  'flow.self.not_owner': 'Only the owner changes what the assistant may do.',
  'flow.self.untrusted': 'A session that others steer would change what the assistant may do.',
  'flow.declassified': 'An approver allowed exactly this action, once.',
  'flow.declassify.granted': 'The approval is recorded.',
  'flow.declassify.refused': 'This cannot be allowed by an approval.',
  'flow.declassify.mismatch': 'This is not the action that was approved.',
} as const;

/** Writes this area's decisions. */
export const verdict: Verdicts<keyof typeof flowReasons> = verdictsFrom(flowReasons);
