/**
 * Every configuration in the documents is one the gateway would start with.
 *
 * @module
 */
import { parseConfig, resolvePaths } from '@portcullis/gateway/config';
import { expect, test } from 'vitest';

import { blocksOf } from './rules/readmes.ts';
import { ROOT, type Tree, readTree, treeOf } from './tree.ts';

/** The variables our documents tell the reader to set. */
const ENVIRONMENT = {
  TELEGRAM_BOT_TOKEN: '1:AA',
  DISCORD_BOT_TOKEN: 'a.b.c',
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  SLACK_SIGNING_SECRET: 'x'.repeat(32),
  SLACK_HOME_BOT: 'xoxb-2',
  SLACK_HOME_APP: 'xapp-2',
  SLACK_CLUB_BOT: 'xoxb-3',
  SLACK_CLUB_APP: 'xapp-3',
  OPENCLAW_GATEWAY_TOKEN: 'x'.repeat(24),
};

/** Configurations (`json5` blocks) with a key that is unknown, misspelt, or has no effect here. */
function checkConfigurations(tree: Tree): readonly string[] {
  const paths = resolvePaths({ OPENCLAW_HOME: '/nonexistent' });
  return blocksOf(tree)
    .filter(({ language }) => language === 'json5')
    .flatMap(({ path, line, text }) => {
      try {
        const { issues, warnings } = parseConfig(text, {
          env: ENVIRONMENT,
          paths,
          invalid: 'report',
        });
        return [...issues, ...warnings].map(
          (found) => `${path}:${line}: ${found.path}: ${found.message}`,
        );
      } catch (error) {
        return [
          `${path}:${line}: ${error instanceof Error ? error.message : 'is no configuration'}`,
        ];
      }
    });
}

const block = (text: string): string => `\`\`\`json5\n${text}\n\`\`\`\n`;

test('this repository shows configurations that are valid', () => {
  expect(checkConfigurations(readTree(ROOT))).toEqual([]);
});

test('a misspelt key, a wrong value and broken syntax are caught', () => {
  const tree = treeOf({
    'docs/a.md': block("{ gateway: { bnd: 'loopback' } }"),
    'docs/b.md': block("{ gateway: { bind: 'Loopback' } }"),
    'docs/c.md': block('{ gateway: '),
    'docs/d.md': block("{ gateway: { bind: 'loopback' } } // fine"),
  });
  expect(checkConfigurations(tree).map((said) => said.split(': ').slice(0, 2).join(': '))).toEqual([
    'docs/a.md:1: gateway.bnd',
    'docs/b.md:1: gateway.bind',
    expect.stringMatching(/^docs\/c\.md:1: /),
  ]);
});
