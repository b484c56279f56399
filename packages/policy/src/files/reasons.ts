/**
 * The codes of file access, each with its one sentence.
 *
 * @module
 */
import { verdictsFrom, type Verdicts } from '../verdict.ts';

/** Every code this area answers with. */
export const fileReasons = {
  'fs.path.invalid': 'The path is empty, too long, or holds characters no path should.',
  'fs.path.unresolved': 'Where the path leads could not be established.',
  'fs.outside_workspace': 'The path lies outside the workspace.',
  'fs.symlink_loop': 'The path goes round in circles.',
  'fs.symlink_dangling': 'The path is a link that leads nowhere.',
  'fs.symlink_escape': 'A link on the path leads out of the workspace.',
  'fs.special_fs': 'The path leads into a file system of the kernel.',
  'fs.protected_state': 'The path leads to the gateway’s own state.',
  'fs.special_file': 'The path is not a regular file or directory.',
  'fs.hardlink': 'The file has another name, which may lie outside the workspace.',
  'fs.readonly': 'The workspace may not be changed.',
  'fs.toctou': 'What was opened is not what was checked.',
  'fs.workspace': 'The file is in the workspace.',
  'fs.allowed': 'Files outside the workspace are open by a setting.',
} as const;

/** Writes this area's decisions. */
export const verdict: Verdicts<keyof typeof fileReasons> = verdictsFrom(fileReasons);
