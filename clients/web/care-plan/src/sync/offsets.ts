import type { Patch } from '@automerge/automerge/slim';

/** Whether a patch changes the text at `path`, character by character. */
function touches(patch: Patch, path: readonly string[]): boolean {
  return patch.path.length === path.length + 1 && path.every((step, index) => patch.path[index] === step);
}

/**
 * Where an offset in a text has gone after patches made by others.
 *
 * Text that somebody writes exactly where my caret stands goes after it, so that I keep writing where I was.
 */
export function moveOffset(offset: number, patches: readonly Patch[], path: readonly string[]): number {
  let moved = offset;
  for (const patch of patches) {
    if (!touches(patch, path)) continue;
    const at = Number(patch.path[path.length]);
    if (patch.action === 'splice' && at < moved) moved += patch.value.length;
    if (patch.action === 'del' && at < moved) moved -= Math.min(patch.length ?? 1, moved - at);
  }
  return moved;
}

/** Whether any patch changes the text at `path`. */
export function textChanged(patches: readonly Patch[], path: readonly string[]): boolean {
  return patches.some((patch) => touches(patch, path) || replaces(patch, path));
}

function replaces(patch: Patch, path: readonly string[]): boolean {
  return patch.path.length <= path.length && patch.path.every((step, index) => path[index] === step);
}
