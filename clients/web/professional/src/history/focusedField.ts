import { Observable } from '@coplan/care-plan/sync';

/** A field, as history is asked about it. */
export interface FocusedField {
  section: string;
  /** `field`, or `list.item.subfield`. */
  path: string;
  label: string;
}

/** The field that was last written or read by keyboard, whose history stands beside the section. */
export const focusedField = new Observable<FocusedField | undefined>(undefined);
