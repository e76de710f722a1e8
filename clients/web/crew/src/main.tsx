import { render } from 'preact';
import { App } from './App';
import { applyTheme } from './theme';

const root = document.getElementById('app');
applyTheme();
if (root) render(<App />, root);

// After the first plan can be asked for, never before: the shell for the next visit must not slow this one down.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  addEventListener('load', () => {
    navigator.serviceWorker.register(`${import.meta.env.BASE_URL}serviceWorker.js`).catch(() => undefined);
  });
}
