import { render } from 'preact';
import { App } from './App';
import { applyTheme } from './theme';

const root = document.getElementById('app');
applyTheme();
if (root) render(<App />, root);

// After the first plan can be asked for, never before: the shell for the next visit must not slow this one down.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  addEventListener('load', () => {
    keepShell().catch(() => undefined);
  });
}

async function keepShell(): Promise<void> {
  const address = `${import.meta.env.BASE_URL}serviceWorker.js`;
  await navigator.serviceWorker.register(trusted(address));
}

/** The one script address that this page makes itself, for browsers that are told to allow no other (Trusted Types). */
function trusted(address: string): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return address;
  return types.createPolicy('coplan-crew', { createScriptURL: () => address }).createScriptURL(address);
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): typeof rules;
}
