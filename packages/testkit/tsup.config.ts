import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/fake-whatsapp/index.ts', 'src/fake-whatsapp/trust.ts'],
  format: 'esm',
  platform: 'node',
  target: 'es2024',
  dts: false,
  sourcemap: true,
  clean: true,
});
