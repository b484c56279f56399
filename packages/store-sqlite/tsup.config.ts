import { defineConfig } from 'tsup';

export default defineConfig({
  // The writer thread is a program of its own beside the entry point.
  entry: ['src/index.ts', 'src/writer-worker.ts'],
  format: 'esm',
  platform: 'node',
  target: 'es2024',
  // There is no `sqlite` without its prefix.
  removeNodeProtocol: false,
  dts: false,
  sourcemap: true,
  clean: true,
});
