/**
 * The keys below `nodeHost`: what this machine lets a gateway elsewhere do with it. Data only.
 *
 * @module
 */
import {
  type KeySpec,
  amount,
  bool,
  key,
  list,
  matching,
  oneOf,
  strings,
  text,
} from './key-spec.ts';

const AT = 'nodeHost.exec';

/** Rows for `nodeHost`. */
export const nodeKeys: readonly KeySpec[] = [
  key(
    `${AT}.security`,
    oneOf(['deny', 'allowlist', 'full']),
    'Which commands a gateway may run on this machine with `openclaw node run`. It only tightens what the gateway allows.',
    { default: 'allowlist' },
  ),
  key(
    `${AT}.ask`,
    oneOf(['off', 'on-miss', 'always']),
    'Which commands a person must have approved at the gateway. With `on-miss` such an approval also lets run what is not listed.',
    { default: 'off' },
  ),
  key(`${AT}.allowlist`, list, 'Commands that may run. Empty: none.'),
  key(
    `${AT}.allowlist[].pattern`,
    text,
    'A program: a path, where `*` stands for anything but a slash, or a bare name.',
  ),
  key(`${AT}.allowlist[].argPattern`, text, 'Regular expression its arguments must match.'),
  key(
    `${AT}.strictInlineEval`,
    bool,
    'Treat inline code as not listed even where its interpreter is.',
    { default: true },
  ),
  key(`${AT}.safeBins`, strings, 'Commands that are harmless with plain arguments.'),
  key(
    `${AT}.workspace`,
    matching(/^\/[^\0]*$/u, 'an absolute path'),
    'The folder commands run in, and no command outside it. Default: `node-host/workspace` in the state directory.',
  ),
  key(`${AT}.sandbox`, oneOf(['off', 'all']), 'Run commands in a sandbox on this machine.', {
    default: 'off',
  }),
  key(`${AT}.timeoutSeconds`, amount(1, 86_400), 'How long a command may run.', { default: 1800 }),
];
