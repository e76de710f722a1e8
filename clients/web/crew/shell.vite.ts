/** Builds the service worker with the list of files that make the page, and a mark that changes with any of them. */
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

const PAGE = 'index.html';
const WORKER = 'serviceWorker.js';

/** Must stand last among the plugins: it reads what the others have written. */
export function shell(base: string): Plugin {
  return {
    name: 'coplan-crew-shell',
    apply: 'build',
    enforce: 'post',
    config: () => ({
      build: {
        rolldownOptions: {
          input: { main: PAGE, serviceWorker: 'src/serviceWorker.ts' },
          output: {
            entryFileNames: ({ name }) => (name === 'serviceWorker' ? WORKER : 'assets/[name]-[hash].js'),
          },
        },
      },
    }),
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== 'chunk') return this.error('the service worker is missing from the build');
        const files = Object.values(bundle).filter((file) => file.fileName !== WORKER);
        const mark = createHash('sha256');
        for (const file of files) mark.update(file.type === 'chunk' ? file.code : file.source);
        const names = files.map(({ fileName }) => base + fileName).filter((name) => name !== base + PAGE);
        const addresses = [base, ...names, `${base}manifest.webmanifest`, `${base}icon.svg`];
        worker.code = worker.code
          .replace('__SHELL_MARK__', JSON.stringify(mark.digest('hex').slice(0, 16)))
          .replace('__SHELL_FILES__', JSON.stringify(addresses));
        if (worker.code.includes('__SHELL_'))
          this.error('the list of the page was not written into the worker');
      },
    },
  };
}
