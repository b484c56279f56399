// @ts-check
/** @import { Plugin } from '@portcullis/core' */
import { createLinechatChannel } from './channel.js';
import { optionsSchema, serverElsewhere } from './config.js';

/** @type {Plugin} */
const linechat = {
  id: 'linechat',
  register(registry) {
    registry.channel({
      id: 'linechat',
      config: optionsSchema,
      // The environment variable stands in for `channels.linechat.token`.
      secrets: { token: 'LINECHAT_TOKEN' },
      create: createLinechatChannel,
    });
    registry.auditCheck(serverElsewhere);
  },
};

export default linechat;
