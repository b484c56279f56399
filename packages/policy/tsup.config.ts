import { defineConfig } from 'tsup';

export default defineConfig({
  // One file for each entry of package.json; what they share becomes chunks beside them.
  entry: [
    'src/index.ts',
    'src/ops.ts',
    'src/{audit,budget,capability,check,exec,explain,exposure,files,flow,network,nodes,pairing,tools}/index.ts',
  ],
  format: 'esm',
  platform: 'neutral',
  target: 'es2024',
  dts: false,
  sourcemap: true,
  clean: true,
});
