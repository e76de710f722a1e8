import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** Writes `sw.js`: the worker of `serviceWorker.js`, with the list of this build's files to keep. */
export function serviceWorker(): Plugin {
  const source = fileURLToPath(new URL('./serviceWorker.js', import.meta.url));
  return {
    name: 'coplan-service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const files = Object.keys(bundle)
          .filter((name) => name !== 'index.html')
          .sort();
        const page = bundle['index.html'];
        const hash = createHash('sha256').update(files.join('\n'));
        if (page?.type === 'asset') hash.update(page.source);
        const constants = `const BUILD = ${JSON.stringify(hash.digest('hex').slice(0, 16))};\nconst FILES = ${JSON.stringify(files)};\n`;
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: constants + readFileSync(source, 'utf8') });
      },
    },
  };
}
