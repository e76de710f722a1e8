/** Light or dark: dark at night and where the device asks for it, unless somebody chose. */
import { keepThemeChoice, themeChoice, type ThemeChoice } from './deviceStore';

/** Night by the device's clock: from this hour in the evening to that hour in the morning. */
const NIGHT_FROM_HOUR = 19;
const NIGHT_UNTIL_HOUR = 7;

/** Sets the page to what is chosen, or to what fits the hour. The page starts dark: a white flash blinds at night. */
export function applyTheme(): 'dark' | 'light' {
  const theme = themeFor(
    themeChoice(),
    new Date().getHours(),
    matchMedia('(prefers-color-scheme: dark)').matches,
  );
  document.documentElement.dataset['theme'] = theme;
  return theme;
}

/** Changes over, and keeps the choice. */
export function switchTheme(): 'dark' | 'light' {
  keepThemeChoice(document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark');
  return applyTheme();
}

/** The rule, apart from the device. */
export function themeFor(choice: ThemeChoice, hour: number, deviceIsDark: boolean): 'dark' | 'light' {
  if (choice !== 'auto') return choice;
  return deviceIsDark || hour >= NIGHT_FROM_HOUR || hour < NIGHT_UNTIL_HOUR ? 'dark' : 'light';
}
