/** Values that stand in no document: which there are, and what people call them. */
import { paths, type PlanId } from '../api';

export type VaultKind = 'key-safe-code' | 'door-code' | 'alarm-code' | 'withheld-address' | 'other';

export interface VaultItem {
  kind: VaultKind;
  label: string;
  changed_at: string;
}

export interface Vault {
  items: VaultItem[];
  may_write: boolean;
}

export interface Revealed {
  value: string;
  hide_after_s: number;
}

export const vaultLabels: Record<VaultKind, string> = {
  'key-safe-code': 'Key-safe code',
  'door-code': 'Door code',
  'alarm-code': 'Alarm code',
  'withheld-address': 'Address, withheld',
  other: 'Other',
};

export const vaultPath = (plan: PlanId, kind: VaultKind): string => `${paths.vault(plan)}/${kind}`;
