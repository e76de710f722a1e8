import type { FieldPath, SectionDocument } from '../sync';
import type { Field } from '../plan';

/** A field at its place in a section's document: what every control is given. */
export interface FieldPlace {
  field: Field;
  document: SectionDocument;
  path: FieldPath;
  /** What stands there now. */
  stored: unknown;
}

/** A path as one word: for ids in the page, for presence, for drafts. */
export const pathKey = (path: readonly string[]): string => path.join('/');

/** The id in the page of the control at a path. */
export const controlId = (document: SectionDocument, path: readonly string[]): string =>
  `${document.section}.${path.join('.')}`;
