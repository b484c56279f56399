import { defineConfig } from 'tsup';

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/config/index.ts',
    'src/local/index.ts',
    'src/node-host/index.ts',
    'src/posture/index.ts',
    'src/sandbox/index.ts',
  ],
  format: 'esm',
  platform: 'node',
  target: 'es2024',
  dts: false,
  sourcemap: true,
  clean: true,
});
