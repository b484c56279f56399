/**
 * What the last audit of the gateway found, as it is kept.
 *
 * @module
 */
import { type Table, defineTable } from '@portcullis/core';

import type { PostureReport } from '../../services/posture.ts';

/** One row. */
export const postureTable: Table<PostureReport> = defineTable<PostureReport>('posture', {});

/** Its key. */
export const LAST = 'last';
