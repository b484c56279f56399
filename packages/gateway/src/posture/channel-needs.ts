/**
 * What an account of a channel needs to connect.
 *
 * @module
 */

/** A secret an account needs: the keys it may stand at, and the variable of the default account. */
export interface ChannelNeed {
  /** The first is the secret itself, the others name files with it or stand in for it. */
  readonly keys: readonly string[];
  readonly variable: string;
}

/** What an account needs, by channel. A channel that is not listed logs in another way. */
export const CHANNEL_NEEDS: Readonly<Record<string, readonly ChannelNeed[]>> = {
  telegram: [{ keys: ['botToken', 'tokenFile'], variable: 'TELEGRAM_BOT_TOKEN' }],
  discord: [{ keys: ['token', 'tokenFile'], variable: 'DISCORD_BOT_TOKEN' }],
  slack: [
    { keys: ['botToken', 'botTokenFile'], variable: 'SLACK_BOT_TOKEN' },
    { keys: ['appToken', 'signingSecret'], variable: 'SLACK_APP_TOKEN' },
  ],
};
