/**
 * What an account of a channel needs to connect.
 *
 * @module
 */

/** A secret an account needs: the keys it may stand at, and the variables of the default account. */
export interface ChannelNeed {
  /** The first is the secret itself, the others name files with it or stand in for it. */
  readonly keys: readonly string[];
  /** What may hold it for the default account. */
  readonly variables: readonly string[];
}

/** What an account needs, by channel. One without needs is linked
 * with an app and keeps its login in the store: where it is set up it counts as connected. */
export const CHANNEL_NEEDS: Readonly<Record<string, readonly ChannelNeed[]>> = {
  telegram: [{ keys: ['botToken', 'tokenFile'], variables: ['TELEGRAM_BOT_TOKEN'] }],
  discord: [{ keys: ['token', 'tokenFile'], variables: ['DISCORD_BOT_TOKEN'] }],
  whatsapp: [],
  slack: [
    { keys: ['botToken', 'botTokenFile'], variables: ['SLACK_BOT_TOKEN'] },
    {
      keys: ['appToken', 'signingSecret'],
      variables: ['SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'],
    },
  ],
};
