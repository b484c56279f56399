/**
 * Our tool packages, as data.
 *
 * @module
 */

/** Our tool packages and what is in them: known by name, so that none is loaded in vain. */
export const TOOL_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@portcullis/tools-automation': ['cron'],
  '@portcullis/tools-exec': ['exec', 'process'],
  '@portcullis/tools-files': ['read', 'ls', 'write', 'edit', 'apply_patch', 'search'],
  '@portcullis/tools-sessions': [
    'message',
    'sessions_list',
    'sessions_history',
    'sessions_send',
    'sessions_spawn',
    'session_status',
    'agents_list',
    'ask_user',
  ],
  '@portcullis/tools-web': ['web_fetch', 'web_search'],
};
