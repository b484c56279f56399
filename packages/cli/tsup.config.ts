import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/main.ts'],
  format: 'esm',
  platform: 'node',
  target: 'es2024',
  // There is no `sqlite` without its prefix.
  removeNodeProtocol: false,
  dts: false,
  sourcemap: true,
  clean: true,
});
