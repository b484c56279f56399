/**
 * Keeps the `source` export condition to our own packages while tests run from source: some
 * packages in node_modules publish TypeScript under the same name, which Node does not run there.
 *
 * A vitest setup file; a child process that runs from source takes it with `--import`.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    if (context.parentURL?.includes('/node_modules/') !== true) return next(specifier, context);
    const conditions = context.conditions.filter((condition) => condition !== 'source');
    return next(specifier, { ...context, conditions });
  },
});
