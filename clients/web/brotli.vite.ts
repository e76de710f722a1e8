/**
 * Leaves a brotli copy beside each file of a build, which the server embeds and sends as it is.
 *
 * At the highest quality, once, at build time: neither cargo nor a start of the server compresses anything.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Plugin } from 'vite';

/** Kinds of files that grow smaller; a picture or a font is compressed already. */
const COMPRESSIBLE = /\.(html|js|css|wasm|svg|json|webmanifest|txt)$/;

export function brotli(): Plugin {
  let folder = '';
  return {
    name: 'coplan-brotli',
    apply: 'build',
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle: () => {
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const name of names.filter((name) => COMPRESSIBLE.test(name))) compress(join(folder, name));
    },
  };
}

function compress(file: string): void {
  const bytes = readFileSync(file);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const compressed = brotliCompressSync(bytes, { params });
  if (compressed.length < bytes.length) writeFileSync(`${file}.br`, compressed);
}
