import {
  clear,
  type FieldPath,
  noteSettled,
  removeItem,
  restoreItem,
  type SectionDocument,
  setGroup,
  setScalar,
} from '../sync';
import type { Dispute, Said } from './disputes';

/** Ends a disagreement about a value: the value and the reason in one change, with or without a connection. */
export function settleValue(document: SectionDocument, dispute: Dispute, said: Said, reason: string): void {
  const path = dispute.path.split('.') as unknown as FieldPath;
  document.change((content) => {
    // Automerge leaves out a write of the value that it shows already, and the others would stand beside it for ever.
    clear(content, path);
    if ('takenAway' in said) return noteSettled(content, path, reason);
    if ('group' in said) setGroup(content, path, said.group);
    else setScalar(content, path, said.value);
    noteSettled(content, path, reason);
  });
}

/** Ends a disagreement about an item that one edited and another removed. */
export function settleItem(document: SectionDocument, dispute: Dispute, keep: boolean, reason: string): void {
  const [list = '', item = ''] = dispute.path.split('.');
  document.change((content) => {
    if (keep) restoreItem(content, list, item);
    else removeItem(content, list, item, reason);
    noteSettled(content, [list, item], reason);
  });
}
