/** What every app's Vite build has in common. An app's `vite.config.ts` is one line that calls it. */
import { defineConfig, type PluginOption, type UserConfig } from 'vite';
import { brotli } from './brotli.vite.ts';

/** Where `npm run dev` of an app finds the server. */
const server = process.env.COPLAN_SERVER ?? 'http://127.0.0.1:8080';

/**
 * The build of one app. `base` is the path under which the server serves it: `/crew/`.
 *
 * The pages' content security policy allows no inline script and no inline style, so nothing here may add one.
 */
export function app(base: `/${string}`, plugins: PluginOption[] = []): UserConfig {
  return defineConfig({
    base,
    plugins: [...plugins, brotli()],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    css: {
      preprocessorOptions: {
        scss: { loadPaths: ['../node_modules', '../care-plan/src/components'], quietDeps: true },
      },
    },
    build: {
      target: 'es2022',
      outDir: 'dist',
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    server: {
      proxy: {
        '/api': server,
        '/dev': server,
        '/sync': { target: server, ws: true },
      },
    },
  });
}
