import { Observable } from '@coplan/care-plan/sync';

const KEY = 'coplan-shortcuts';

/** Whether keys without a modifier do something; who dictates or is apt to brush keys turns them off (WCAG 2.1.4). */
export const shortcutsOn = new Observable(localStorage.getItem(KEY) !== 'off');

export function turnShortcuts(on: boolean): void {
  localStorage.setItem(KEY, on ? 'on' : 'off');
  shortcutsOn.set(on);
}
