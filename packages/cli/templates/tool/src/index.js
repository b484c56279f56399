// @ts-check
/** @import { Plugin } from '@portcullis/core' */
import { wordcount } from './tool.js';

/** @type {Plugin} */
const plugin = {
  id: 'wordcount',
  register(registry) {
    registry.tool(wordcount);
  },
};

export default plugin;
