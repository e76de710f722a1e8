import { useState } from 'preact/hooks';
import { switchTheme } from '../theme';

/** Light or dark, by hand. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(document.documentElement.dataset['theme']);
  return (
    <button type="button" class="button button--plain theme" onClick={() => setTheme(switchTheme())}>
      {theme === 'dark' ? 'Light page' : 'Dark page'}
    </button>
  );
}
