/**
 * Builds the page: one HTML file, hashed script and style, nothing inline, so that the gateway can
 * serve it under a policy that allows only its own files.
 */
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // Inlined assets would be data: URLs, and the preload helper is code the page does not need.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
});
